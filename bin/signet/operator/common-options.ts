// The options that all or many of the operator's commands take.
import { flag, type Given, type OptionRows, optional } from '../../../lib/terminal/program.ts';
import { FILE, type Kind, TEXT } from '../../../lib/terminal/values.ts';

export const DEFAULT_LOCAL = '.signet';

const STAGE: Kind<string> = {
  placeholder: 'NAME',
  takes: 'the name of a stage (1–12 of a–z and 0–9)',
  isPlain: true,
  example: 'prod',
  parse: (text) => (/^[a-z0-9]{1,12}$/.test(text) ? text : undefined),
};

const DIRECTORY: Kind<string> = { ...TEXT, placeholder: 'DIR', takes: 'the data directory of npm start' };

/** These options may also come before the command. */
export const TARGET_OPTIONS = {
  stage: optional(STAGE, 'the deployment of this stage, by your AWS credentials'),
  local: { ...optional(DIRECTORY, `the laptop cloud of that data directory (${DEFAULT_LOCAL})`), bare: DEFAULT_LOCAL },
  json: flag('print one JSON object, for programs'),
} as const satisfies OptionRows;

export const YES = flag('do not ask before something is destroyed');
export const SECRET_OUT = optional(FILE, 'write the secret to this new file, which only you can read');

export interface CommonValues extends Given<typeof TARGET_OPTIONS> {
  readonly yes?: boolean;
  readonly secretOut?: string;
}
