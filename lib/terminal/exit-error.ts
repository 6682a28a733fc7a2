// Errors that end a program with a documented exit code. Their messages are for the person at the terminal.
import type { ExitName } from './exits.ts';

/** Ends the program with one sentence and the exit code of that name. The message never holds a secret. */
export class ExitError extends Error {
  override readonly name: string = 'ExitError';
  readonly exit: ExitName;

  constructor(exit: ExitName, message: string) {
    super(message);
    this.exit = exit;
  }
}

/** Something that the user can correct: a word of the command line, a setting or a file. */
export class UsageError extends ExitError {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super('usage', message);
  }
}

/** Returns what `make` returns. @throws ExitError with the message of any error that `make` throws. */
export function asExit<T>(exit: ExitName, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new ExitError(exit, (error as Error).message);
  }
}
