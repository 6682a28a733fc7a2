// The terminal of an operator: beside that of every command, questions with an answer, progress and Ctrl-C.
import type { Terminal } from '../terminal/terminal.ts';

export interface OperatorTerminal extends Terminal {
  /** Asks and gives the line that was typed. Undefined where nobody can be asked. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** True when the line of the last progress can be written over. */
  readonly isErrTerminal: boolean;
  /** Runs it at Ctrl-C, before the process ends. */
  readonly onInterrupt: (callback: () => void) => void;
}
