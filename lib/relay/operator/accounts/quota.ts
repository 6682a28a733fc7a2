// The quota of an account: what it may, what it has used.
import type { QuotaView } from '../../../protocol/messages.ts';
import { viewQuota } from '../../admission/read-quota.ts';
import type { Clock, QuotaLedger } from '../../model/ports.ts';
import { refuseBadWords } from '../account-form.ts';
import { changeAccount, findAccount, findLasting } from '../find-account.ts';
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

export async function showQuota(ports: QuotaPorts, accountId: string): Promise<Outcome<QuotaView>> {
  const found = await findAccount(ports, accountId);
  return found.ok ? done(await viewQuota(ports, found.value, ports.clock())) : found;
}

/** What is not given stays. Requests obey it within the row cache; what is used stays used. */
export async function setQuota(
  ports: QuotaPorts,
  accountId: string,
  { jobsPerMonth, jobsPerMinute }: QuotaChange,
): Promise<Outcome<QuotaView>> {
  const bad = refuseBadWords({ jobsPerMonth, jobsPerMinute });
  if (bad) return bad;
  const found = await findLasting(ports, accountId);
  if (!found.ok) return found;
  const changed = await changeAccount(ports, found.value, {
    ...(jobsPerMonth !== undefined && { jobsPerMonth }),
    ...(jobsPerMinute !== undefined && { jobsPerMinute }),
  });
  return changed.ok ? done(await viewQuota(ports, changed.value, ports.clock())) : changed;
}
