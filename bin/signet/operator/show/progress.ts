// How far long work is, for people: one line written over at a terminal, a plain line now and then elsewhere.

import type { OperatorTerminal } from '../operator-terminal.ts';
import { oneLine } from './show-table.ts';

export interface Progress {
  readonly report: (text: string) => void;
  /** Before anything else is written. */
  readonly end: () => void;
}

const CLEAR = '\r\u001b[K';

/** Between plain lines: they stay in a log. */
const PAUSE_MS = 5_000;

export function startProgress({ err, isErrTerminal, columns, nowMs }: OperatorTerminal): Progress {
  let last = '';
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    report(text) {
      const line = oneLine(text).slice(0, columns - 1);
      if (line === last || (!isErrTerminal && nowMs() < toldAt + PAUSE_MS)) return;
      toldAt = nowMs();
      last = line;
      err(isErrTerminal ? CLEAR + line : `${line}\n`);
    },
    end() {
      if (isErrTerminal && last !== '') err(CLEAR);
      last = '';
    },
  };
}
