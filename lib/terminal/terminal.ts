// The outside world of a command: streams, widths, clock, environment, questions. A program opens it once.

export interface Terminal {
  readonly out: (text: string | Uint8Array) => void;
  /** For people; programs read `out`. */
  readonly err: (text: string) => void;
  /** How wide a paragraph for people may be. */
  readonly columns: number;
  /** How wide a table may be: the width of the terminal, or Infinity when the output goes to a pipe or a file. */
  readonly tableColumns: number;
  /** True when a line on `err` can be written over. */
  readonly isErrTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  readonly readStdin: () => Promise<Buffer>;
  /** Asks a question and returns the line that the user types. Undefined when standard input is not a terminal. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Asks without showing what is typed. It rejects with a UsageError when the user presses Ctrl-C. */
  readonly askSecret?: ((question: string) => Promise<string>) | undefined;
  /** Calls back at Ctrl-C, before the process ends. */
  readonly onInterrupt: (callback: () => void) => void;
}
