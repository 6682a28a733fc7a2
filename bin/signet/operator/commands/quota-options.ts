// The numbers of an account as options, with their ranges as the relay has them.
import { ACCOUNT_NUMBERS, type AccountNumber } from '../../../../lib/relay/operator/account-form.ts';
import { optional } from '../command.ts';
import { COUNT } from '../values.ts';

/** `1 to 100`. */
export function rangeOf(name: AccountNumber, format: (value: number) => string = String): string {
  const { min, max } = ACCOUNT_NUMBERS[name];
  return `${format(min)} to ${format(max)}`;
}

export const QUOTA_OPTIONS = {
  jobsPerMonth: optional(COUNT, `jobs a month, ${rangeOf('jobsPerMonth')}`),
  jobsPerMinute: optional(COUNT, `jobs a minute, ${rangeOf('jobsPerMinute')}`),
} as const;
