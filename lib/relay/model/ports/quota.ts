// The port for quotas: units of an account, in the current month and the current minute.
import type { QuotaWarning } from '../records.ts';

/** How many jobs an account may submit. */
export interface QuotaLimits {
  readonly jobsPerMonth: number;
  readonly jobsPerMinute: number;
}

/** The units that are used in the current month and in the current minute. */
export interface QuotaUse {
  readonly month: number;
  readonly minute: number;
}

/** The use of both windows after a call, and when the warning of this month was written, if it was. */
export interface QuotaState {
  readonly used: QuotaUse;
  /** Epoch milliseconds. */
  readonly warnedAt?: number | undefined;
}

/** The units that accounts use. A month is named as in `2026-11`, a minute as in `2026-11-22T12:00`, both in UTC. */
export interface QuotaLedger {
  /** Takes all the units if month and minute both have that many left, else none. Returns the use after that. */
  take(
    accountId: string,
    units: number,
    limits: QuotaLimits,
    nowMs: number,
  ): Promise<QuotaState & { readonly taken: boolean }>;
  /** Takes as many of the units as month and minute both have left. Returns how many, and the use after that. */
  takeUpTo(
    accountId: string,
    units: number,
    limits: QuotaLimits,
    nowMs: number,
  ): Promise<QuotaState & { readonly taken: number }>;
  /** Writes the warning of a month. Returns false, and changes nothing, when the month has one. */
  recordWarning(warning: QuotaWarning): Promise<boolean>;
  /** Returns the warning of a month, or undefined. */
  findWarning(accountId: string, month: string): Promise<QuotaWarning | undefined>;
  /** Refunds units to a month, and to `minute` if it is given and is still the minute that the row counts. */
  refund(accountId: string, month: string, units: number, minute?: string): Promise<void>;
  /** Returns the use of the current windows. */
  read(accountId: string, nowMs: number): Promise<QuotaUse>;
}
