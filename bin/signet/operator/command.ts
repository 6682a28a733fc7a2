// A row in the table of the operator's commands.
import type { OperatorAccess } from '../../../lib/aws/deployment/operator-access.ts';
import type { Outcome } from '../../../lib/relay/operator/outcome.ts';
import type { Confirmation } from '../../../lib/terminal/confirm.ts';
import type { CommandShape, OptionRows, Call as Words } from '../../../lib/terminal/program.ts';
import type { SignetTerminal } from '../terminal/signet-terminal.ts';
import { SECRET_OUT, TARGET_OPTIONS, YES } from './common-options.ts';
import type { View } from './view.ts';

export interface Call<A extends string = string, O extends OptionRows = OptionRows> extends Words<A, O> {
  readonly access: OperatorAccess;
  readonly terminal: SignetTerminal;
  /** Reports in one line how far long work is. */
  readonly progress: (text: string) => void;
}

interface OwnRow extends CommandShape {
  /** True when the command changes something. It then names the deployment first. */
  readonly changes: boolean;
  /** The command prints a secret once, or writes it to `--secret-out`. */
  readonly givesSecret?: true;
  /** The command takes long. When it is stopped and run again, it continues. */
  readonly isLong?: true;
}

interface CommandRow<A extends string, O extends OptionRows> extends OwnRow {
  readonly arguments: readonly A[];
  readonly options: O;
  /** Returns undefined when this call destroys nothing. */
  readonly confirm?: (call: Words<A, O>) => Confirmation | undefined;
  readonly run: (call: Call<A, O>) => Promise<Outcome<View>>;
}

/** Any row, as the runner sees it. */
export interface Command extends OwnRow {
  readonly confirm?: (call: Words) => Confirmation | undefined;
  readonly run: (call: Call) => Promise<Outcome<View>>;
}

const ASKS =
  'Before it destroys anything it says what will happen and asks for the id. Without a terminal it needs --yes.';

/** Checks a row against its own arguments and options, and adds the options that it shares with others. */
export function command<const A extends string, const O extends OptionRows>(row: CommandRow<A, O>): Command {
  const { confirm, givesSecret, details = [] } = row;
  const shared = { ...(confirm && { yes: YES }), ...(givesSecret && { secretOut: SECRET_OUT }), ...TARGET_OPTIONS };
  // The parser gives each row exactly the values that the row declares.
  return { ...row, details: confirm ? [...details, ASKS] : details, shared } as unknown as Command;
}
