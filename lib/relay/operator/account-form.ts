// What an account may be: its numbers with their ranges, and the forms of its texts. The command line's help reads this.
import { LIMITS } from '../../api/limits.ts';
import { KEY_ID } from '../../protocol/grammar.ts';
import { type Outcome, refused } from './outcome.ts';

export const ACCOUNT_NUMBERS = {
  jobsPerMonth: { min: 0, max: 1_000_000_000, default: 10_000 },
  jobsPerMinute: { min: 0, max: 1_000_000, default: LIMITS.jobsPerMinute },
  jobDeadlineSeconds: { min: 60, max: 7 * 24 * 3600, default: LIMITS.jobDeadlineSeconds },
  resultFreshnessSeconds: { min: 60, max: LIMITS.retentionSeconds, default: LIMITS.resultFreshnessSeconds },
} as const;

export type AccountNumber = keyof typeof ACCOUNT_NUMBERS;

const ACCOUNT_ID = /^[a-z2-7]{16}$/;
/** It ends the name of a queue. */
const POOL = /^[a-z0-9]{1,20}$/;
const LABEL = /^[A-Za-z0-9._-]{1,32}$/;
const LABELS = 10;
/** Letters, marks, digits, punctuation, symbols and spaces of any script. */
const NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]{1,100}$/u;

export interface AccountWords extends Partial<Readonly<Record<AccountNumber, number | undefined>>> {
  readonly accountId?: string | undefined;
  readonly name?: string | undefined;
  readonly pools?: readonly string[] | undefined;
  readonly labels?: readonly string[] | undefined;
}

type Refusal = Extract<Outcome<never>, { ok: false }>;

/** The first of the given values that is not as it must be; what is not given is not judged. */
export function refuseBadWords({ accountId, name, pools, labels, ...numbers }: AccountWords): Refusal | undefined {
  const checks: (readonly [boolean, string])[] = [
    [accountId === undefined || ACCOUNT_ID.test(accountId), 'An account id has 16 characters of a–z and 2–7.'],
    [name === undefined || isName(name), 'A name has 1–100 printable characters, and no space around it.'],
    [pools === undefined || arePools(pools), POOLS_RULE],
    [
      labels === undefined || areLabels(labels),
      `A label has 1–32 of A–Z a–z 0–9 . _ -, and there are ${LABELS} at most.`,
    ],
    ...Object.entries(numbers).map(([which, value]) => checkNumber(which as AccountNumber, value)),
  ];
  const failed = checks.find(([isRight]) => !isRight);
  return failed && refused('invalid', failed[1]);
}

const POOLS_RULE = `A pool has 1–20 characters of a–z and 0–9; an account has 1–${LIMITS.poolsPerAccount}, each once.`;

function isName(text: string): boolean {
  return NAME.test(text) && text.trim() === text;
}

function arePools(pools: readonly string[]): boolean {
  const isCountRight = pools.length > 0 && pools.length <= LIMITS.poolsPerAccount;
  return isCountRight && new Set(pools).size === pools.length && pools.every((pool) => POOL.test(pool));
}

function areLabels(labels: readonly string[]): boolean {
  return labels.length <= LABELS && labels.every((label) => LABEL.test(label));
}

function checkNumber(which: AccountNumber, value: number | undefined): readonly [boolean, string] {
  const { min, max } = ACCOUNT_NUMBERS[which];
  const isRight = value === undefined || (Number.isSafeInteger(value) && value >= min && value <= max);
  return [isRight, `${which} is a whole number from ${min} to ${max}.`];
}

/** @throws Error in the operator's words. */
export function requireKeyId(text: string): void {
  if (!KEY_ID.test(text)) throw new Error('A key id has 1–64 characters of A–Z, a–z, 0–9, _ and -.');
}
