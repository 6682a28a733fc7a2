// A program as data: its commands, what each takes, and the texts of its help. Commander is built from these rows.
import type { ExitName } from './exits.ts';
import type { Kind } from './values.ts';

export interface OptionRow<T = unknown> {
  /** Absent for a switch. */
  readonly kind?: Kind<unknown>;
  readonly text: string;
  /** What applies without the option, for help. */
  readonly byDefault?: string;
  readonly isRequired?: true;
  readonly isRepeatable?: true;
  /** `--no-…` sets it to false. */
  readonly isNegatable?: true;
  /** A second value replaces the first. Without it a second value is refused. */
  readonly isOverridable?: true;
  /** The value of the option when the user gives none. Another value then needs `=`. */
  readonly bare?: string;
  /** A mark for the compiler: it carries the type of the value, and no row sets it. */
  readonly gives?: T;
}

/** Returns the row of an option that must be given. */
export const required = <T>(kind: Kind<T>, text: string): OptionRow<T> => ({ kind, text, isRequired: true });
/** Returns the row of an option that may be given once. */
export const optional = <T>(kind: Kind<T>, text: string, byDefault = ''): OptionRow<T | undefined> => ({
  kind,
  text,
  byDefault,
});
/** Returns the row of an option whose last value counts. */
export const overridable = <T>(kind: Kind<T>, text: string, byDefault = ''): OptionRow<T | undefined> => ({
  ...optional(kind, text, byDefault),
  isOverridable: true,
});
/** Returns the row of an option that may be given several times. */
export const repeated = <T>(kind: Kind<T>, text: string): OptionRow<readonly T[] | undefined> => ({
  kind,
  text,
  isRepeatable: true,
});
/** Returns the row of a switch. */
export const flag = (text: string): OptionRow<boolean | undefined> => ({ text });
/** Returns the row of a switch that `--no-…` sets to false. */
export const yesOrNo = (text: string): OptionRow<boolean | undefined> => ({ text, isNegatable: true });

/** Rows by the option's name in camel case: `jobsPerMonth` is `--jobs-per-month`. */
export type OptionRows = Readonly<Record<string, OptionRow>>;

/** The values of the options on a command line. An option that is not there has no member. */
export type Given<O extends OptionRows> = {
  readonly [N in keyof O as undefined extends TypeOf<O[N]> ? never : N]: TypeOf<O[N]>;
} & {
  readonly [N in keyof O as undefined extends TypeOf<O[N]> ? N : never]?: Exclude<TypeOf<O[N]>, undefined>;
};
type TypeOf<R> = R extends OptionRow<infer T> ? T : never;

export interface CommandShape {
  /** All its words, such as `account pool add`. Empty when the program itself is the command. */
  readonly name: string;
  /** One line for lists, beginning with a verb. */
  readonly does: string;
  /** Further sentences for the help of the command. */
  readonly details?: readonly string[];
  /** The names of its arguments. All are needed. */
  readonly arguments: readonly string[];
  readonly options: OptionRows;
  /** Options that several commands share. They are read apart from its own. */
  readonly shared?: OptionRows;
  /** Whole command lines that parse. */
  readonly examples: readonly [string, ...string[]];
}

/** What a command is called with. */
export interface Call<A extends string = string, O extends OptionRows = OptionRows> {
  /** The arguments by their names. */
  readonly words: Readonly<Record<A, string>>;
  readonly options: Given<O>;
}

interface RunnableRow<A extends string, O extends OptionRows, T> extends CommandShape {
  readonly arguments: readonly A[];
  readonly options: O;
  readonly run: (call: Call<A, O>, terminal: T) => Promise<ExitName>;
}

/** A row that runs on a terminal of type `T`. */
export interface RunnableCommand<T> extends CommandShape {
  readonly run: (call: Call, terminal: T) => Promise<ExitName>;
}

/** Returns a function that checks a row against its own arguments and options. */
export function commandsOn<T>() {
  // The parser gives each row exactly the values that the row declares.
  return <const A extends string, const O extends OptionRows>(row: RunnableRow<A, O, T>) =>
    row as unknown as RunnableCommand<T>;
}

export interface Program<C extends CommandShape = CommandShape> {
  /** The beginning of every message, such as `signet`. */
  readonly name: string;
  /** What users type. @default the name. */
  readonly invocation?: string;
  readonly version: string;
  /** One sentence. */
  readonly does: string;
  readonly sections: readonly { readonly title: string; readonly commands: readonly C[] }[];
  /** Options that may also come before the command. */
  readonly leading?: OptionRows;
  /** Paragraphs for the help of the program. */
  readonly notes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly examples: readonly string[];
  /** How to give a secret, for a user who puts one on the command line. */
  readonly secretAdvice?: string;
}

/** Returns the rows of all sections. */
export function commandsOf<C extends CommandShape>({ sections }: Program<C>): readonly C[] {
  return sections.flatMap(({ commands }) => commands);
}

/** Returns every option of a command, its own and the shared ones. */
export function optionsOf({ options, shared }: CommandShape): OptionRows {
  return { ...options, ...shared };
}

/** Returns the name of an option on the command line: `jobsPerMonth` is `jobs-per-month`. */
export function optionNameOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Returns how help shows an option, such as `--[no-]force` or `--overlap TIME`. */
export function labelOf(name: string, { kind, isNegatable, bare }: OptionRow): string {
  const label = `--${isNegatable ? '[no-]' : ''}${optionNameOf(name)}`;
  if (!kind) return label;
  return bare === undefined ? `${label} ${kind.placeholder}` : `${label}[=${kind.placeholder}]`;
}
