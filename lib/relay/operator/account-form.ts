// The rules for an account's values: ranges of its numbers and forms of its texts. The command line's help reads the ranges.
import { LIMITS } from '../../api/limits.ts';
import { KEY_ID } from '../../protocol/grammar.ts';
import { type Outcome, refused } from './outcome.ts';

/** The range and the default of each number of an account. */
export const ACCOUNT_NUMBERS = {
  jobsPerMonth: { min: 0, max: 1_000_000_000, default: 10_000 },
  jobsPerMinute: { min: 0, max: 1_000_000, default: LIMITS.jobsPerMinute },
  jobDeadlineSeconds: { min: 60, max: 7 * 24 * 3600, default: LIMITS.jobDeadlineSeconds },
  resultFreshnessSeconds: { min: 60, max: LIMITS.retentionSeconds, default: LIMITS.resultFreshnessSeconds },
} as const;

export type AccountNumber = keyof typeof ACCOUNT_NUMBERS;

const ACCOUNT_ID = /^[a-z2-7]{16}$/;
/** A pool's name becomes the last part of a queue's name, so it holds no dash. */
const POOL = /^[a-z0-9]{1,20}$/;
const LABEL = /^[A-Za-z0-9._-]{1,32}$/;
const MAX_LABELS = 10;
/** Letters, marks, digits, punctuation, symbols and spaces of any script. */
const NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]{1,100}$/u;

export interface AccountValues extends Partial<Readonly<Record<AccountNumber, number | undefined>>> {
  readonly accountId?: string | undefined;
  readonly name?: string | undefined;
  readonly pools?: readonly string[] | undefined;
  readonly labels?: readonly string[] | undefined;
}

type Refusal = Extract<Outcome<never>, { ok: false }>;

/** Returns the refusal of the first invalid value, or undefined if all given values are valid. */
export function refuseInvalidValues({
  accountId,
  name,
  pools,
  labels,
  ...numbers
}: AccountValues): Refusal | undefined {
  const checks: (readonly [boolean, string])[] = [
    [accountId === undefined || ACCOUNT_ID.test(accountId), 'An account id has 16 characters of a–z and 2–7.'],
    [name === undefined || isName(name), 'A name has 1–100 printable characters, and no space at its start or end.'],
    [pools === undefined || arePools(pools), POOLS_RULE],
    [
      labels === undefined || areLabels(labels),
      `A label has 1–32 characters of A–Z, a–z, 0–9, ".", "_" and "-". An agent has at most ${MAX_LABELS} labels.`,
    ],
    ...Object.entries(numbers).map(([name, value]) => checkNumber(name as AccountNumber, value)),
  ];
  const failed = checks.find(([isValid]) => !isValid);
  return failed && refused('invalid', failed[1]);
}

const POOLS_RULE = `A pool has 1–20 characters of a–z and 0–9. An account has 1–${LIMITS.poolsPerAccount} pools with different names.`;

function isName(text: string): boolean {
  return NAME.test(text) && text.trim() === text;
}

function arePools(pools: readonly string[]): boolean {
  const isCountValid = pools.length > 0 && pools.length <= LIMITS.poolsPerAccount;
  return isCountValid && new Set(pools).size === pools.length && pools.every((pool) => POOL.test(pool));
}

function areLabels(labels: readonly string[]): boolean {
  return labels.length <= MAX_LABELS && labels.every((label) => LABEL.test(label));
}

function checkNumber(name: AccountNumber, value: number | undefined): readonly [boolean, string] {
  const { min, max } = ACCOUNT_NUMBERS[name];
  const isValid = value === undefined || (Number.isSafeInteger(value) && value >= min && value <= max);
  return [isValid, `${name} must be a whole number from ${min} to ${max}.`];
}

/**
 * Checks the form of a key id.
 *
 * @throws Error with a message for the operator if the text is not a key id.
 */
export function requireKeyId(text: string): void {
  if (!KEY_ID.test(text)) throw new Error('A key id has 1–64 characters of A–Z, a–z, 0–9, _ and -.');
}
