// The one event of an ended job. Everything in it follows from the job, so any repeat makes the same bytes.
import type { JobEvent, JobEventType, JobState } from '../../protocol/messages.ts';
import { viewJob } from '../model/job-view.ts';
import type { Job } from '../model/records.ts';
import { deriveEventId } from './event-id.ts';

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
