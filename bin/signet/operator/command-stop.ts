// Why a command ended without a result, where the relay's own refusals do not say it.
import type { ExitName } from './exits.ts';

/** Beside the refusals of lib/relay/operator/outcome.ts. Stable: scripts read them. */
export const COMMAND_STOPS = {
  command_line: 'The command line, or a file that it names, cannot be used.',
  not_confirmed: 'The question was not answered with the id.',
  deployment_unknown: 'No key ring here is tagged with the stage.',
  deployment_ambiguous: 'Key rings of several deployments are tagged with the stage.',
  deployment_incomplete: 'The key rings lack tags, say different things, or one of the two is not there.',
  unanswered: 'AWS or the laptop did not answer, or took no credentials.',
  fault: 'A fault of signet itself.',
} as const;

export type CommandStopCode = keyof typeof COMMAND_STOPS;

/** Its message is for the person at the terminal, and never holds a secret. */
export class CommandStop extends Error {
  override readonly name = 'CommandStop';
  readonly exit: ExitName;
  readonly code: CommandStopCode;

  constructor(exit: ExitName, code: CommandStopCode, message: string) {
    super(message);
    this.exit = exit;
    this.code = code;
  }
}
