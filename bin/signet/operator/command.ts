// A row of the table of commands: what it takes, what it does, what it says of itself.
import type { OperatorAccess } from '../../../lib/aws/deployment/operator-access.ts';
import type { Outcome } from '../../../lib/relay/operator/outcome.ts';
import type { OperatorTerminal } from './operator-terminal.ts';
import type { Kind } from './values.ts';
import type { View } from './view.ts';

export interface OptionRow<T = unknown> {
  /** Absent: a switch. */
  readonly kind?: Kind<unknown>;
  readonly text: string;
  readonly isRequired?: true;
  readonly isRepeatable?: true;
  /** `--no-…` says the opposite. */
  readonly isNegatable?: true;
  /** Never there: the type that the option gives. */
  readonly gives?: T;
}

export const required = <T>(kind: Kind<T>, text: string): OptionRow<T> => ({ kind, text, isRequired: true });
export const optional = <T>(kind: Kind<T>, text: string): OptionRow<T | undefined> => ({ kind, text });
export const repeated = <T>(kind: Kind<T>, text: string): OptionRow<readonly T[] | undefined> => ({
  kind,
  text,
  isRepeatable: true,
});
export const flag = (text: string): OptionRow<boolean | undefined> => ({ text });
export const yesOrNo = (text: string): OptionRow<boolean | undefined> => ({ text, isNegatable: true });

/** By the option's name in camel case: `jobsPerMonth` is `--jobs-per-month`. */
type OptionRows = Readonly<Record<string, OptionRow>>;

/** What was given; nothing stands for what was not. */
export type Given<O extends OptionRows> = {
  readonly [N in keyof O as undefined extends TypeOf<O[N]> ? never : N]: TypeOf<O[N]>;
} & {
  readonly [N in keyof O as undefined extends TypeOf<O[N]> ? N : never]?: Exclude<TypeOf<O[N]>, undefined>;
};
type TypeOf<R> = R extends OptionRow<infer T> ? T : never;

export interface Call<A extends string = string, O extends OptionRows = OptionRows> {
  readonly access: OperatorAccess;
  readonly terminal: OperatorTerminal;
  /** The arguments by their names. */
  readonly words: Readonly<Record<A, string>>;
  readonly options: Given<O>;
  /** One line on how far long work is. */
  readonly progress: (text: string) => void;
}

/** What is asked before something is destroyed. */
export interface Confirmation {
  /** Exactly what will happen, a sentence each. */
  readonly sentences: readonly string[];
  /** What must be typed. */
  readonly id: string;
}

export interface CommandRow<A extends string, O extends OptionRows> {
  /** All its words: `account pool add`. */
  readonly name: string;
  /** One line, for lists. */
  readonly does: string;
  /** Further sentences, for its own help. */
  readonly details?: readonly string[];
  readonly arguments: readonly A[];
  readonly options: O;
  /** Whole command lines that parse. */
  readonly examples: readonly [string, ...string[]];
  /** True when it changes something: then the target is named first. */
  readonly changes: boolean;
  /** Shows a secret once, or writes it to `--secret-out`. */
  readonly givesSecret?: true;
  /** Takes long, and goes on from where it stopped when it is run again. */
  readonly isLong?: true;
  /** Undefined where this call destroys nothing. */
  readonly confirm?: (call: Pick<Call<A, O>, 'words' | 'options'>) => Confirmation | undefined;
  readonly run: (call: Call<A, O>) => Promise<Outcome<View>>;
}

/** Any row, as parser, help and runner see it. */
export type Command = Omit<CommandRow<string, OptionRows>, 'confirm' | 'run'> & {
  readonly confirm?: (call: Pick<Call, 'words' | 'options'>) => Confirmation | undefined;
  readonly run: (call: Call) => Promise<Outcome<View>>;
};

/** Checks a row against its own arguments and options. */
export function command<const A extends string, const O extends OptionRows>(row: CommandRow<A, O>): Command {
  // The parser gives each row exactly what it asks for.
  return row as unknown as Command;
}
