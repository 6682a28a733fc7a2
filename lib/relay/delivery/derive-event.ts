// Derives webhook events from rows. The same row always gives the same id and the same bytes.

import { encodeBase32 } from '../../protocol/base32.ts';
import { lengthPrefixed } from '../../protocol/length-prefixed.ts';
import type { JobEvent, JobEventType, JobState, QuotaEvent } from '../../protocol/messages.ts';
import { sha256 } from '../../protocol/sha256.ts';
import { viewJob } from '../model/job-view.ts';
import { nextMonthAt } from '../model/quota-window.ts';
import type { Job, QuotaWarning } from '../model/records.ts';

/** The event type of each job state. Only terminal states have one. */
export const EVENT_OF_STATE = {
  queued: undefined,
  leased: undefined,
  completed: 'link.resolved',
  failed: 'link.failed',
  expired: 'link.expired',
  canceled: 'link.canceled',
} as const satisfies Record<JobState, JobEventType | undefined>;

/** Returns the event of an ended job, or undefined while the job is open. */
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

/** Returns the event id that belongs to these names, such as a job's id, its creation time and the event type. */
export function deriveEventId(...names: readonly string[]): string {
  return `evt_${encodeBase32(sha256(lengthPrefixed(...names))).slice(0, 32)}`;
}

const QUOTA_WARNING = 'quota.warning';

/** Returns the event of a quota warning. Each account has at most one in a month, so the month is part of its id. */
export function deriveQuotaWarning({ accountId, month, used, limit, warnedAt }: QuotaWarning): QuotaEvent {
  const resetsAt = new Date(nextMonthAt(Date.parse(`${month}-01T00:00:00Z`))).toISOString();
  return {
    id: deriveEventId(accountId, month, QUOTA_WARNING),
    type: QUOTA_WARNING,
    timestamp: new Date(warnedAt).toISOString(),
    data: { quota: { window: month, limit, used, remaining: Math.max(0, limit - used), resetsAt } },
  };
}
