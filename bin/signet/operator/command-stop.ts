// The codes of a command that ended without a result, beside the relay's own refusals.
import { ExitError } from '../../../lib/terminal/exit-error.ts';
import type { ExitName } from '../../../lib/terminal/exits.ts';

/** Stable, because scripts read them. The refusals of lib/relay/operator/outcome.ts have codes of their own. */
export const COMMAND_STOPS = {
  command_line: 'The command line, or a file that it names, cannot be used.',
  not_confirmed: 'The answer to the question was not the id.',
  deployment_unknown: 'No key ring in this account and region is tagged with the stage.',
  deployment_ambiguous: 'Key rings of several deployments are tagged with the stage.',
  deployment_incomplete: 'A key ring is missing, or its tags are missing or contradict each other.',
  unanswered: 'AWS or the laptop did not answer, or did not accept the credentials.',
  fault: 'The program itself failed.',
} as const;

export type CommandStopCode = keyof typeof COMMAND_STOPS;

/** Ends a command with an exit code and a code for programs. */
export class CommandStop extends ExitError {
  override readonly name = 'CommandStop';
  readonly code: CommandStopCode;

  constructor(exit: ExitName, code: CommandStopCode, message: string) {
    super(exit, message);
    this.code = code;
  }
}
