// A terminal of the `signet` command whose streams, clock and environment are the test's.
import { runSignet } from '../../../bin/signet/partner/run.ts';
import type { Terminal } from '../../../bin/signet/terminal/terminal.ts';

export const NOW_MS = 1_800_000_000_000;
export const COLUMNS = 80;
export const NONCE = 'nonce-0123456789-abcdef';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly bytes: Buffer;
  readonly err: string;
}

interface Choices extends Partial<Omit<Terminal, 'out' | 'err' | 'readStdin'>> {
  readonly stdin?: Uint8Array | string;
}

/** Runs `signet` in this process. It has no secret, and nobody to ask, unless told so. */
export async function runInProcess(words: readonly string[], { stdin = '', ...choices }: Choices = {}): Promise<Ran> {
  const out: Buffer[] = [];
  let err = '';
  const code = await runSignet(words, {
    environment: {},
    columns: COLUMNS,
    nowMs: () => NOW_MS,
    nonce: () => NONCE,
    fetch,
    ...choices,
    readStdin: async () => Buffer.from(stdin),
    out: (text) => out.push(Buffer.from(text)),
    err: (text) => {
      err += text;
    },
  });
  const bytes = Buffer.concat(out);
  return { code, out: bytes.toString('utf8'), bytes, err };
}
