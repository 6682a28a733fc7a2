// A job as the HTTP API and webhooks show it.
import type { JobView, ResultView } from '../../protocol/messages.ts';
import type { PendingReason } from '../../protocol/pending-reasons.ts';
import type { Job, JobResult } from './records.ts';

const iso = (epochMs: number) => new Date(epochMs).toISOString();

/** Returns the public form of a job. `nowMs` (epoch milliseconds) decides whether its result is still `ready`. */
export function viewJob(job: Job, nowMs: number, pendingReason?: PendingReason): JobView {
  return {
    jobId: job.jobId,
    state: job.state,
    ...(pendingReason && { pendingReason }),
    ...job.submission,
    pool: job.pool,
    attempts: job.attempts,
    createdAt: iso(job.createdAt),
    updatedAt: iso(job.updatedAt),
    deadlineAt: iso(job.deadlineAt),
    ...(job.result && { result: viewResult(job.result, nowMs) }),
  };
}

function viewResult(result: JobResult, nowMs: number): ResultView {
  return {
    ...result,
    ready: result.conclusion === 'valid' && nowMs <= result.validUntil,
    checkedAt: iso(result.checkedAt),
    validUntil: iso(result.validUntil),
  };
}
