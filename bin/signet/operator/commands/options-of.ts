// Every option of a command: its own, and those that all have.
import { UsageError } from '../../terminal/usage-error.ts';
import { type Command, flag, type OptionRow, optional } from '../command.ts';
import { type Kind, TEXT } from '../values.ts';

const STAGE: Kind<string> = {
  placeholder: 'NAME',
  takes: 'the name of a stage (1–12 of a–z and 0–9)',
  parse: (text) => (/^[a-z0-9]{1,12}$/.test(text) ? text : undefined),
};

/** Where the value may be left out. */
const DIRECTORY: Kind<string> = { ...TEXT, placeholder: 'DIR', takes: 'the data directory of npm start' };

export const COMMON_OPTIONS = {
  stage: optional(STAGE, 'the deployment of this stage, by your AWS credentials'),
  local: optional(DIRECTORY, 'the laptop cloud of that data directory (.signet)'),
  json: flag('one JSON object, for programs'),
  yes: flag('do not ask before something is destroyed'),
  secretOut: optional(TEXT, 'write the secret to this new file, for you alone'),
  help: flag('this text'),
} as const;

/** `--yes` and `--secret-out` only where they mean something. */
export function optionsOf(command: Command): Readonly<Record<string, OptionRow>> {
  const { yes, secretOut, ...others } = COMMON_OPTIONS;
  return {
    ...command.options,
    ...(command.confirm && { yes }),
    ...(command.givesSecret && { secretOut: { ...secretOut, kind: { ...TEXT, placeholder: 'FILE' } } }),
    ...others,
  };
}

/** `jobsPerMonth` is `--jobs-per-month`. */
export function optionNameOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** @throws UsageError when none of the options is there: such a line would change nothing and look as if it had. */
export function requireChange(given: object, rows: Readonly<Record<string, OptionRow>>): void {
  if (Object.keys(given).length > 0) return;
  const names = Object.entries(rows).map(([name, { isNegatable }]) =>
    isNegatable ? `--[no-]${optionNameOf(name)}` : `--${optionNameOf(name)}`,
  );
  throw new UsageError(`Say what to change: ${names.join(', ')}.`);
}
