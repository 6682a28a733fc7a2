// A partner that signs with its own Python program.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { LocalState } from '../../lib/local/state-file.ts';
import { ROOT } from '../support/laptop/laptop.ts';
import { credentialOf } from '../support/laptop/partners.ts';

/** Signs the requests in one Python process, and returns the headers of each. */
export function signInPython(
  state: LocalState,
  toSend: readonly { scheme: string; body: string }[],
): Record<string, string>[] {
  const lines = toSend.map(({ scheme, body }) => {
    const bodyHex = Buffer.from(body).toString('hex');
    const credential = credentialOf(state, `demo-${scheme}`);
    return `${JSON.stringify({ op: 'send', scheme, bodyHex, nowMs: Date.now(), ...credential })}\n`;
  });
  const program = join(ROOT, 'test/existing-code/sender_receiver.py');
  const { stdout } = spawnSync('python3', [program], { input: lines.join(''), encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).headers);
}
