// How far long work is: one line that is written over on a terminal, and a plain line now and then elsewhere.

import { oneLine } from '../../../../lib/terminal/layout.ts';
import type { SignetTerminal } from '../../terminal/signet-terminal.ts';

export interface Progress {
  readonly report: (text: string) => void;
  /** Call it before anything else is written. */
  readonly end: () => void;
}

const CLEAR = '\r\u001b[K';

/** The shortest time between plain lines, which fill a log. */
const PAUSE_MS = 5_000;

/** Returns a reporter. It writes nothing until the first report. */
export function startProgress({ err, isErrTerminal, columns, nowMs }: SignetTerminal): Progress {
  let last = '';
  let writtenAtMs = Number.NEGATIVE_INFINITY;
  return {
    report(text) {
      const line = oneLine(text).slice(0, columns - 1);
      if (line === last || (!isErrTerminal && nowMs() < writtenAtMs + PAUSE_MS)) return;
      writtenAtMs = nowMs();
      last = line;
      err(isErrTerminal ? CLEAR + line : `${line}\n`);
    },
    end() {
      if (isErrTerminal && last !== '') err(CLEAR);
      last = '';
    },
  };
}
