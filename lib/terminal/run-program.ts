// Runs a program from the words of its command line to an exit code.
import { ExitError } from './exit-error.ts';
import { EXITS, type ExitName } from './exits.ts';
import { oneLine } from './layout.ts';
import { type CommandLine, parseLine } from './parse-line.ts';
import type { CommandShape, Program } from './program.ts';
import type { Terminal } from './terminal.ts';

type Output = Pick<Terminal, 'out' | 'err' | 'columns' | 'nowMs'>;

export interface RunOptions<C extends CommandShape> {
  readonly terminal: Output;
  readonly run: (line: CommandLine<C>) => Promise<ExitName>;
  /** Prints why the program ends, and returns the exit. @default one line on `err`. */
  readonly onError?: (error: Error) => ExitName;
}

/** Returns the exit code, and never rejects. Help and the version go to `out`, errors go to `err`. */
export async function runProgram<C extends CommandShape>(
  program: Program<C>,
  argv: readonly string[],
  { terminal, run, onError = (error) => printError(program, error, terminal) }: RunOptions<C>,
): Promise<number> {
  try {
    const line = parseLine(program, argv, { columns: terminal.columns, nowMs: terminal.nowMs() });
    if (line.kind === 'run') return EXITS[await run(line)].code;
    terminal.out(line.text);
    return EXITS.done.code;
  } catch (error) {
    return EXITS[onError(error as Error)].code;
  }
}

/** Prints `signet: what is wrong` and returns the exit of the error. An error of another class is a defect. */
export function printError({ name }: Program, error: Error, { err }: Pick<Output, 'err'>): ExitName {
  err(`${name}: ${oneLine(error.message)}\n`);
  return error instanceof ExitError ? error.exit : 'defect';
}
