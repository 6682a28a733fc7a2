// The quota of an account as options, with the ranges that the relay accepts.
import { ACCOUNT_NUMBERS, type AccountNumber } from '../../../../lib/relay/operator/account-form.ts';
import { optional } from '../../../../lib/terminal/program.ts';
import { COUNT } from '../../../../lib/terminal/values.ts';

/** Returns the range in words, such as `1 to 100`. */
export function rangeOf(name: AccountNumber, format: (value: number) => string = String): string {
  const { min, max } = ACCOUNT_NUMBERS[name];
  return `${format(min)} to ${format(max)}`;
}

export const QUOTA_OPTIONS = {
  jobsPerMonth: optional(COUNT, `jobs per month, ${rangeOf('jobsPerMonth')}`),
  jobsPerMinute: optional(COUNT, `jobs per minute, ${rangeOf('jobsPerMinute')}`),
} as const;
