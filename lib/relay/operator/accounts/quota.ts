// Operators' commands on the quota of an account: show and set.
import type { QuotaView } from '../../../protocol/messages.ts';
import { viewQuota } from '../../admission/read-quota.ts';
import type { Clock, QuotaLedger } from '../../model/ports.ts';
import { refuseInvalidValues } from '../account-form.ts';
import { changeAccount, findAccount, findChangeableAccount } from '../find-account.ts';
import type { AccountRegister } from '../operator-ports.ts';
import { done, type Outcome } from '../outcome.ts';

export interface QuotaPorts {
  readonly accounts: AccountRegister;
  readonly quota: Pick<QuotaLedger, 'read'>;
  readonly clock: Clock;
}

export interface QuotaChange {
  readonly jobsPerMonth?: number | undefined;
  readonly jobsPerMinute?: number | undefined;
}

/** Returns the account's limits, the units that it has used, and when its windows reset. */
export async function showQuota(ports: QuotaPorts, accountId: string): Promise<Outcome<QuotaView>> {
  const found = await findAccount(ports, accountId);
  return found.ok ? done(await viewQuota(ports, found.value, ports.clock())) : found;
}

/** Changes the given limits and returns the quota. Requests obey once cached rows expire. Used units stay used. */
export async function setQuota(
  ports: QuotaPorts,
  accountId: string,
  { jobsPerMonth, jobsPerMinute }: QuotaChange,
): Promise<Outcome<QuotaView>> {
  const invalid = refuseInvalidValues({ jobsPerMonth, jobsPerMinute });
  if (invalid) return invalid;
  const found = await findChangeableAccount(ports, accountId);
  if (!found.ok) return found;
  const changed = await changeAccount(ports, found.value, {
    ...(jobsPerMonth !== undefined && { jobsPerMonth }),
    ...(jobsPerMinute !== undefined && { jobsPerMinute }),
  });
  return changed.ok ? done(await viewQuota(ports, changed.value, ports.clock())) : changed;
}
