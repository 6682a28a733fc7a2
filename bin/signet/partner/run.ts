// From the words of a command line to an exit code.
import { type CommandLine, parseCommandLine, usage } from '../terminal/command-line.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { draftRequest } from './draft-request.ts';
import { explain } from './explain.ts';
import { send } from './send.ts';
import { describeRequest, parseForm } from './show-request.ts';
import { verify } from './verify.ts';

/** Of a fault that is ours: what sysexits.h calls EX_SOFTWARE. */
const DEFECT = 70;

/** Never rejects. Results go to `out`; what is said to people alone goes to `err`. */
export async function runSignet(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(parseCommandLine(argv), terminal);
  } catch (error) {
    terminal.err(`signet: ${(error as Error).message}\n`);
    return error instanceof UsageError ? 2 : DEFECT;
  }
}

async function run({ command, options, file }: CommandLine, terminal: Terminal): Promise<number> {
  if (command === 'verify') return verify(options, file, terminal);
  if (command === 'explain') return explain(options, file, terminal);
  if (command === 'send') return send(options, terminal);
  if (command === 'help') {
    terminal.out(`${usage()}\n`);
    return 0;
  }
  const show = parseForm(options.as);
  const request = await draftRequest(options, terminal);
  if (options.json) terminal.out(`${JSON.stringify(describeRequest(request), null, 2)}\n`);
  else terminal.out(show(request, { bodyFile: options['body-file'], columns: terminal.columns }));
  return 0;
}
