// The `signet` command of a checkout: runs one command to an exit code.
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import type { Outcome } from '../../../lib/relay/operator/outcome.ts';
import { isConfirmed, requireTerminal } from '../../../lib/terminal/confirm.ts';
import { ExitError } from '../../../lib/terminal/exit-error.ts';
import type { ExitName } from '../../../lib/terminal/exits.ts';
import { oneLine, wrap } from '../../../lib/terminal/layout.ts';
import type { CommandLine } from '../../../lib/terminal/parse-line.ts';
import type { Call, Program } from '../../../lib/terminal/program.ts';
import { runProgram } from '../../../lib/terminal/run-program.ts';
import { showJson } from '../../../lib/terminal/show-json.ts';
import { PARTNER_COMMANDS, type PartnerCommand } from '../partner/commands.ts';
import { PARTNER_PROGRAM } from '../partner/run.ts';
import type { SignetTerminal } from '../terminal/signet-terminal.ts';
import type { Command } from './command.ts';
import { CommandStop } from './command-stop.ts';
import { COMMANDS } from './commands/all-commands.ts';
import { type CommonValues, TARGET_OPTIONS } from './common-options.ts';
import { describeUnanswered } from './describe-unanswered.ts';
import { openSecretFile, type SecretFile } from './secret-out.ts';
import { startProgress } from './show/progress.ts';
import { type OpenTarget, openTarget } from './target.ts';
import type { View } from './view.ts';

export const SIGNET: Program<PartnerCommand | Command> = {
  ...PARTNER_PROGRAM,
  does: 'Signs and explains requests and webhooks, and operates a Signet Relay.',
  sections: [
    { title: 'For partners and consumers:', commands: PARTNER_COMMANDS },
    { title: 'For operators, with credentials of the AWS account of the deployment:', commands: COMMANDS },
  ],
  leading: TARGET_OPTIONS,
  notes: [
    '--stage NAME selects the deployment of that stage. --local selects the npm start of this folder, and --local=DIR ' +
      'the one with that data directory; while npm start runs here, --local is the default.',
    ...(PARTNER_PROGRAM.notes ?? []),
  ],
  environment: {
    ...PARTNER_PROGRAM.environment,
    AWS_PROFILE: 'the credentials for --stage, as every AWS tool reads them',
    AWS_REGION: 'the region of the deployment',
  },
  examples: [
    ...PARTNER_PROGRAM.examples,
    'signet account create --name "Acme Ltd" --stage prod',
    'signet key create --help',
  ],
};

/** Returns the exit code, and never rejects. Results go to `out`; what only people read goes to `err`. */
export function runOperator(
  argv: readonly string[],
  terminal: SignetTerminal,
  open: OpenTarget = openTarget,
): Promise<number> {
  const isJson = argv.includes('--json');
  return runProgram(SIGNET, argv, {
    terminal,
    run: ({ command, ...line }) =>
      'changes' in command ? run({ ...line, command }, terminal, open) : command.run(line as Call, terminal),
    onError(error) {
      const { exit, code, message } = describeStop(error);
      return printRefusal({ code, message }, { exit, isJson, terminal });
    },
  });
}

async function run(
  { command, words, options, shared }: CommandLine<Command>,
  terminal: SignetTerminal,
  open: OpenTarget,
): Promise<ExitName> {
  const common: CommonValues = shared;
  const question = common.yes ? undefined : command.confirm?.({ words, options });
  if (question) requireTerminal(terminal);
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
  if (question && !(await isConfirmed(question, terminal)))
    throw new CommandStop('refused', 'not_confirmed', `Nothing was changed: the answer was not ${question.id}.`);
  if (common.secretOut !== undefined) file = openSecretFile(common.secretOut);
  if (command.changes) notice = command.isLong ? CONTINUES : CHECK;
  try {
    const outcome = await command.run({ access, terminal, words, options, progress: progress.report });
    progress.end();
    return print(outcome, { file, isJson: common.json === true, terminal });
  } finally {
    progress.end();
    file?.discard();
  }
}

const CONTINUES = 'stopped. Run the same command again to continue.';
const CHECK = 'stopped. Check what was changed (list, show) before you run it again.';
const NOTHING_DONE = 'stopped. Nothing was changed.';

interface Printing {
  readonly isJson: boolean;
  readonly terminal: SignetTerminal;
}

function print(outcome: Outcome<View>, printing: Printing & { readonly file: SecretFile | undefined }): ExitName {
  if (!outcome.ok) return printRefusal(outcome, { ...printing, exit: 'refused' });
  const { isJson, terminal, file } = printing;
  const { secret, ...view } = outcome.value;
  if (secret) file?.write(secret.value.reveal());
  const shown = secret && (file ? { [`${secret.name}File`]: file.path } : { [secret.name]: secret.value.reveal() });
  if (isJson) terminal.out(showJson({ ...view.json, ...shown }));
  else terminal.out(`${[...view.lines(terminal.tableColumns), ...showSecret(secret, printing)].join('\n')}\n`);
  return view.isPartial ? 'unanswered' : 'done';
}

function showSecret(
  secret: View['secret'],
  { terminal, file }: Printing & { readonly file: SecretFile | undefined },
): string[] {
  if (!secret) return [];
  const advice = wrap(secret.advice, terminal.columns);
  if (file) return ['', `The ${secret.name} is in ${oneLine(file.path)}, which only you can read.`, ...advice];
  return ['', `The ${secret.name}, shown only this once:`, '', `  ${secret.value.reveal()}`, '', ...advice];
}

function printRefusal(
  { code, message }: { readonly code: string; readonly message: string },
  { exit, isJson, terminal }: Printing & { readonly exit: ExitName },
): ExitName {
  if (isJson) terminal.out(showJson({ error: { code, message } }));
  const suffix = exit === 'refused' ? ` (${code})` : '';
  terminal.err(`signet: ${oneLine(message)}${suffix}\n`);
  return exit;
}

function describeStop(error: Error): { exit: ExitName; code: string; message: string } {
  if (error instanceof CommandStop) return error;
  if (error instanceof ExitError) return { exit: error.exit, code: 'command_line', message: error.message };
  if (error instanceof DependencyUnavailable)
    return { exit: 'unanswered', code: 'unanswered', message: describeUnanswered(error) };
  return { exit: 'defect', code: 'fault', message: error.message };
}
