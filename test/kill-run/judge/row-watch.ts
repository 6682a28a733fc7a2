// Looks at the same rows again and again: what must never go back, and what must never change once a job has ended.
import { isDeepStrictEqual } from 'node:util';
import type { Job } from '../../../lib/relay/model/records.ts';

export interface RowWatch {
  /** Takes the rows as they stand now. */
  see(jobs: readonly Job[]): void;
  /** One sentence for each rule that was broken. */
  readonly findings: readonly string[];
}

export function createRowWatch(): RowWatch {
  const seen = new Map<string, Job>();
  const findings: string[] = [];
  return {
    findings,
    see(jobs) {
      for (const job of jobs) {
        const before = seen.get(job.jobId);
        if (before) findings.push(...compare(before, job));
        seen.set(job.jobId, job);
      }
    },
  };
}

function compare(before: Job, now: Job): string[] {
  const { jobId } = now;
  const isOpen = before.state === 'queued' || before.state === 'leased';
  if (!isOpen) return isDeepStrictEqual(before, now) ? [] : [`${jobId} changed after its end`];
  return [
    ...(now.createdAt === before.createdAt ? [] : [`${jobId} was made twice`]),
    ...(now.fence >= before.fence ? [] : [`the fence of ${jobId} went from ${before.fence} to ${now.fence}`]),
    ...(isOtherLease(before, now) ? [`${jobId} has another lease under fence ${now.fence}`] : []),
  ];
}

/** A result is its lease's too; when that began is forgotten then. */
function isOtherLease(before: Job, now: Job): boolean {
  if (before.fence !== now.fence || before.state !== 'leased' || now.leasedBy === undefined) return false;
  return now.leasedBy !== before.leasedBy || (now.leasedAt ?? before.leasedAt) !== before.leasedAt;
}
