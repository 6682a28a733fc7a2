// From the words of an operator's command line to an exit code.

import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import type { Outcome } from '../../../lib/relay/operator/outcome.ts';
import { wrap } from '../terminal/layout.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { CommandStop } from './command-stop.ts';
import { askFor, requireSomebody } from './confirm.ts';
import { describeUnanswered } from './describe-unanswered.ts';
import { EXITS, type ExitName } from './exits.ts';
import { helpOn } from './help.ts';
import type { OperatorTerminal } from './operator-terminal.ts';
import { parseLine, type RunLine } from './parse-line.ts';
import { openSecretFile, type SecretFile } from './secret-out.ts';
import { startProgress } from './show/progress.ts';
import { showJson } from './show/show-json.ts';
import { oneLine } from './show/show-table.ts';
import { type OpenTarget, openTarget } from './target.ts';
import type { View } from './view.ts';

/** Never rejects. Results go to `out`; what is said to people alone goes to `err`. */
export async function runOperator(
  argv: readonly string[],
  terminal: OperatorTerminal,
  open: OpenTarget = openTarget,
): Promise<number> {
  const isJson = argv.includes('--json');
  try {
    const line = parseLine(argv, terminal.nowMs());
    if (line.kind === 'run') return await run(line, terminal, open);
    terminal.out(`${helpOn(line.topic)}\n`);
    return EXITS.done.code;
  } catch (error) {
    const { exit, code, message } = describeStop(error as Error);
    return printRefusal({ code, message }, { exit, isJson, terminal });
  }
}

async function run(line: RunLine, terminal: OperatorTerminal, open: OpenTarget): Promise<number> {
  const { command, words, options, common } = line;
  const question = common.yes ? undefined : command.confirm?.({ words, options });
  if (question) requireSomebody(terminal);
  const { access, description } = await open(common);
  if (command.changes) terminal.err(`signet: ${oneLine(description)}\n`);
  const progress = startProgress(terminal);
  let file: SecretFile | undefined;
  let notice = NOTHING_DONE;
  terminal.onInterrupt(() => {
    progress.end();
    file?.discard();
    terminal.err(`signet: ${notice}\n`);
  });
  if (question) await askFor(question, terminal);
  if (common.secretOut !== undefined) file = openSecretFile(common.secretOut);
  if (command.changes) notice = command.isLong ? GOES_ON : LOOK;
  try {
    const outcome = await command.run({ access, terminal, words, options, progress: progress.report });
    progress.end();
    return print(outcome, { file, isJson: common.json === true, terminal });
  } finally {
    progress.end();
    file?.discard();
  }
}

const GOES_ON = 'stopped. The same command, run again, goes on from here.';
const LOOK = 'stopped. Look at what is there (list, show) before you run it again.';
const NOTHING_DONE = 'stopped. Nothing was changed.';

interface Printing {
  readonly isJson: boolean;
  readonly terminal: OperatorTerminal;
}

function print(outcome: Outcome<View>, printing: Printing & { readonly file: SecretFile | undefined }): number {
  if (!outcome.ok) return printRefusal(outcome, { ...printing, exit: 'refused' });
  const { isJson, terminal, file } = printing;
  const { secret, ...view } = outcome.value;
  const exit = view.isPartial ? 'unanswered' : 'done';
  if (secret) file?.keep(secret.value.reveal());
  const shown = secret && (file ? { [`${secret.name}File`]: file.path } : { [secret.name]: secret.value.reveal() });
  if (isJson) terminal.out(showJson({ ...view.json, ...shown }));
  else terminal.out(`${[...view.lines(terminal.columns), ...showSecret(secret, printing)].join('\n')}\n`);
  return EXITS[exit].code;
}

function showSecret(
  secret: View['secret'],
  { terminal, file }: Printing & { readonly file: SecretFile | undefined },
): string[] {
  if (!secret) return [];
  const advice = wrap(secret.advice, terminal.columns);
  if (file) return ['', `The ${secret.name} is in ${oneLine(file.path)}, for you alone.`, ...advice];
  return ['', `The ${secret.name}, shown this once:`, '', `  ${secret.value.reveal()}`, '', ...advice];
}

function printRefusal(
  { code, message }: { readonly code: string; readonly message: string },
  { exit, isJson, terminal }: Printing & { readonly exit: ExitName },
): number {
  if (isJson) terminal.out(showJson({ error: { code, message } }));
  const mark = exit === 'refused' ? ` (${code})` : '';
  terminal.err(`signet: ${oneLine(message)}${mark}\n`);
  return EXITS[exit].code;
}

function describeStop(error: Error): { exit: ExitName; code: string; message: string } {
  if (error instanceof CommandStop) return error;
  if (error instanceof UsageError) return { exit: 'usage', code: 'command_line', message: error.message };
  if (error instanceof DependencyUnavailable)
    return { exit: 'unanswered', code: 'unanswered', message: describeUnanswered(error) };
  return { exit: 'defect', code: 'fault', message: error.message };
}
