// The one event of an ended job. Everything in it follows from the job, so any repeat makes the same bytes.

import { encodeBase32 } from '../../protocol/base32.ts';
import { lengthPrefixed } from '../../protocol/length-prefixed.ts';
import type { JobEvent, JobEventType, JobState, QuotaEvent } from '../../protocol/messages.ts';
import { sha256 } from '../../protocol/sha256.ts';
import { viewJob } from '../model/job-view.ts';
import { nextMonthAt } from '../model/quota-window.ts';
import type { Job, QuotaWarning } from '../model/records.ts';

/** The event type of each state a job can end in; a state without one is not an end. */
export const EVENT_OF_STATE = {
  queued: undefined,
  leased: undefined,
  completed: 'link.resolved',
  failed: 'link.failed',
  expired: 'link.expired',
  canceled: 'link.canceled',
} as const satisfies Record<JobState, JobEventType | undefined>;

/** Undefined while the job has not ended. */
export function deriveEvent(job: Job): JobEvent | undefined {
  const type = EVENT_OF_STATE[job.state];
  if (!type) return undefined;
  return {
    id: deriveEventId(job.jobId, String(job.createdAt), type),
    type,
    timestamp: new Date(job.updatedAt).toISOString(),
    data: { job: viewJob(job, job.updatedAt) },
  };
}

export function deriveEventId(...names: readonly string[]): string {
  return `evt_${encodeBase32(sha256(lengthPrefixed(...names))).slice(0, 32)}`;
}

const QUOTA_WARNING = 'quota.warning';

export function deriveQuotaWarning({ accountId, month, used, limit, warnedAt }: QuotaWarning): QuotaEvent {
  const resetsAt = new Date(nextMonthAt(Date.parse(`${month}-01T00:00:00Z`))).toISOString();
  return {
    id: deriveEventId(accountId, month, QUOTA_WARNING),
    type: QUOTA_WARNING,
    timestamp: new Date(warnedAt).toISOString(),
    data: { quota: { window: month, limit, used, remaining: Math.max(0, limit - used), resetsAt } },
  };
}
