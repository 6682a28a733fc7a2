// Programs that a machine may or may not have, asked for once, run in batches.
import { execFileSync } from 'node:child_process';

/** Whether the program answers with a version of this form. A test that needs it says in its title why it was skipped. */
export function has(program: string, version: readonly string[], form: RegExp): boolean {
  try {
    return form.test(execFileSync(program, version, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
  } catch {
    return false;
  }
}

export const HAS_OPENSSL = has('openssl', ['version'], /^OpenSSL 3/);
export const HAS_PYTHON = has('python3', ['--version'], /^Python 3\.(?:[89]|\d\d)/);

/** For the title of a test: says that, and why, it does not run. */
export function orSkipped(present: boolean, program: string): string {
  return present ? '' : ` (skipped: no ${program} on this machine)`;
}
