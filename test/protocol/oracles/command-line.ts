// Finds the programs that only some machines have.
import { execFileSync } from 'node:child_process';

/** Returns true when the program prints a version of this form. A test that needs it says in its title why it is skipped. */
export function has(program: string, version: readonly string[], form: RegExp): boolean {
  try {
    return form.test(execFileSync(program, version, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
  } catch {
    return false;
  }
}

export const HAS_OPENSSL = has('openssl', ['version'], /^OpenSSL 3/);
export const HAS_PYTHON = has('python3', ['--version'], /^Python 3\.(?:[89]|\d\d)/);

/** Returns the end of a test's title, which says why the test is skipped. It is empty when the program is present. */
export function orSkipped(present: boolean, program: string): string {
  return present ? '' : ` (skipped: no ${program} on this machine)`;
}
