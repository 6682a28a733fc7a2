// A terminal of the `signet` command whose streams, clock and environment belong to the test.
import { runSignet } from '../../../bin/signet/partner/run.ts';
import type { SignetTerminal } from '../../../bin/signet/terminal/signet-terminal.ts';

export const NOW_MS = 1_800_000_000_000;
export const COLUMNS = 80;
export const NONCE = 'nonce-0123456789-abcdef';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly bytes: Buffer;
  readonly err: string;
}

export interface TerminalChoices extends Partial<Omit<SignetTerminal, 'out' | 'err' | 'readStdin'>> {
  readonly stdin?: Uint8Array | string;
}

/** Runs the program on a fake terminal. It has no secret, and nobody to ask, unless the choices say otherwise. */
export async function runOn(
  program: (terminal: SignetTerminal) => Promise<number>,
  { stdin = '', ...choices }: TerminalChoices,
): Promise<Ran> {
  const out: Buffer[] = [];
  let err = '';
  const code = await program({
    environment: {},
    columns: COLUMNS,
    tableColumns: COLUMNS,
    isErrTerminal: false,
    nowMs: () => NOW_MS,
    nonce: () => NONCE,
    fetch,
    onInterrupt: () => {},
    ...choices,
    readStdin: async () => Buffer.from(stdin),
    out: (text) => void out.push(Buffer.from(text)),
    err: (text) => {
      err += text;
    },
  });
  const bytes = Buffer.concat(out);
  return { code, out: bytes.toString('utf8'), bytes, err };
}

/** Runs the partner's `signet` in this process. */
export function runInProcess(words: readonly string[], choices: TerminalChoices = {}): Promise<Ran> {
  return runOn((terminal) => runSignet(words, terminal), choices);
}
