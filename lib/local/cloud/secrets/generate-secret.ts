// The first value of a secret, by CloudFormation's GenerateSecretString rules.
import { randomInt } from 'node:crypto';

/** The rules. Source: AWS::SecretsManager::Secret GenerateSecretString in the CloudFormation reference. */
export interface GenerateSecretString {
  /** @default 32 */
  readonly PasswordLength?: number;
  readonly ExcludeCharacters?: string;
  readonly ExcludeLowercase?: boolean;
  readonly ExcludeUppercase?: boolean;
  readonly ExcludeNumbers?: boolean;
  readonly ExcludePunctuation?: boolean;
  readonly IncludeSpace?: boolean;
  /** @default true: at least one character of each type that is not excluded */
  readonly RequireEachIncludedType?: boolean;
  /** JSON text of an object, to which the password is added under GenerateStringKey. */
  readonly SecretStringTemplate?: string;
  readonly GenerateStringKey?: string;
}

const ALPHABETS = {
  lowercase: 'abcdefghijklmnopqrstuvwxyz',
  uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  numbers: '0123456789',
  punctuation: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
} as const;

/**
 * Returns a random password, or the JSON text of the template with the password in it.
 * @throws Error when the rules exclude every character.
 */
export function generateSecretString(rules: GenerateSecretString): string {
  const password = generatePassword(rules);
  const { SecretStringTemplate: template, GenerateStringKey: key } = rules;
  if (template === undefined || key === undefined) return password;
  return JSON.stringify({ ...(JSON.parse(template) as object), [key]: password });
}

function generatePassword(rules: GenerateSecretString): string {
  const types = includedTypes(rules);
  const every = types.join('');
  if (every === '') throw new Error('GenerateSecretString excludes every character.');
  const required = rules.RequireEachIncludedType === false ? [] : types.map(pick);
  const length = rules.PasswordLength ?? 32;
  const rest = Array.from({ length: Math.max(0, length - required.length) }, () => pick(every));
  return shuffle([...required, ...rest])
    .join('')
    .slice(0, length);
}

function includedTypes(rules: GenerateSecretString): readonly string[] {
  const chosen = [
    rules.ExcludeLowercase ? '' : ALPHABETS.lowercase,
    rules.ExcludeUppercase ? '' : ALPHABETS.uppercase,
    rules.ExcludeNumbers ? '' : ALPHABETS.numbers,
    rules.ExcludePunctuation ? '' : ALPHABETS.punctuation,
    rules.IncludeSpace ? ' ' : '',
  ];
  const excluded = new Set(rules.ExcludeCharacters ?? '');
  return chosen.map((type) => [...type].filter((c) => !excluded.has(c)).join('')).filter((type) => type !== '');
}

function pick(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}

function shuffle(characters: readonly string[]): readonly string[] {
  const order = characters.map((character) => ({ character, key: randomInt(2 ** 40) }));
  return order.sort((a, b) => a.key - b.key).map(({ character }) => character);
}
