// The event of a quota warning. Everything in it follows from what was written with the warning, so any repeat makes the same bytes.
import type { QuotaEvent } from '../../protocol/messages.ts';
import { nextMonthAt } from '../model/quota-window.ts';
import type { QuotaWarning } from '../model/records.ts';
import { deriveEventId } from './event-id.ts';

const TYPE = 'quota.warning';

export function deriveQuotaWarning({ accountId, month, used, limit, warnedAt }: QuotaWarning): QuotaEvent {
  const resetsAt = new Date(nextMonthAt(Date.parse(`${month}-01T00:00:00Z`))).toISOString();
  return {
    id: deriveEventId(accountId, month, TYPE),
    type: TYPE,
    timestamp: new Date(warnedAt).toISOString(),
    data: { quota: { window: month, limit, used, remaining: Math.max(0, limit - used), resetsAt } },
  };
}
