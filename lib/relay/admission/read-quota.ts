// Reads the quota of an account: limits, use, and when each window ends. Takes no unit and writes nothing.
import type { QuotaView } from '../../protocol/messages.ts';
import type { PartnerCall } from '../http/request-pipeline.ts';
import { jsonResponse, type RelayResponse } from '../model/http-response.ts';
import type { QuotaLedger } from '../model/ports.ts';
import { nextMinuteAt, nextMonthAt } from '../model/quota-window.ts';
import type { Account } from '../model/records.ts';
import { quotaLimitsOf } from './quota.ts';

/** Serves `GET /api/quota`. */
export async function readQuota(
  ports: { readonly quota: Pick<QuotaLedger, 'read'> },
  { account, nowMs }: PartnerCall,
): Promise<RelayResponse> {
  return jsonResponse(200, await viewQuota(ports, account, nowMs));
}

/** Returns the quota of an account as partners and operators see it. */
export async function viewQuota(
  ports: { readonly quota: Pick<QuotaLedger, 'read'> },
  account: Account,
  nowMs: number,
): Promise<QuotaView> {
  const { jobsPerMonth, jobsPerMinute } = quotaLimitsOf(account);
  const used = await ports.quota.read(account.accountId, nowMs);
  return {
    month: viewWindow(jobsPerMonth, used.month, nextMonthAt(nowMs)),
    minute: viewWindow(jobsPerMinute, used.minute, nextMinuteAt(nowMs)),
  };
}

function viewWindow(limit: number, used: number, resetsAt: number): QuotaView['month'] {
  return { limit, used, remaining: Math.max(0, limit - used), resetsAt: new Date(resetsAt).toISOString() };
}
