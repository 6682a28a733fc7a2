// Ends a job that has no result, and logs it.

import type { EventLog, JobStore } from '../model/ports.ts';
import type { Job } from '../model/records.ts';

/** Ends a job without a result and logs it. Returns false when the job has changed since it was read. */
export async function endJob(
  ports: { readonly jobs: JobStore; readonly eventLog: EventLog },
  job: Job,
  end: { state: 'failed' | 'expired'; reason: string; nowMs: number },
): Promise<boolean> {
  const { done } = await ports.jobs.end(job, end);
  const { accountId, jobId } = job;
  const { state, reason } = end;
  if (done) ports.eventLog.record({ event: 'job.ended', accountId, jobId, state, reason });
  return done;
}
