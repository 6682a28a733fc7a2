// Observes jobs' rows over time, and reports fences that decrease and changes after the end of a job.
import { isDeepStrictEqual } from 'node:util';
import type { Job } from '../../../lib/relay/model/records.ts';

export interface RowWatch {
  /** Compares the current rows with the previously observed ones. */
  observe(jobs: readonly Job[]): void;
  /** One sentence for each violated rule. */
  readonly findings: readonly string[];
}

/** Returns a watch that has observed no rows. */
export function createRowWatch(): RowWatch {
  const seen = new Map<string, Job>();
  const findings: string[] = [];
  return {
    findings,
    observe(jobs) {
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
    ...(now.createdAt === before.createdAt ? [] : [`${jobId} was created twice`]),
    ...(now.fence >= before.fence ? [] : [`the fence of ${jobId} went from ${before.fence} to ${now.fence}`]),
    ...(isOtherLease(before, now) ? [`${jobId} has another lease under fence ${now.fence}`] : []),
  ];
}

/** Returns true if the lease changed under the same fence. A completed job has no `leasedAt`, so that is then not compared. */
function isOtherLease(before: Job, now: Job): boolean {
  if (before.fence !== now.fence || before.state !== 'leased' || now.leasedBy === undefined) return false;
  return now.leasedBy !== before.leasedBy || (now.leasedAt ?? before.leasedAt) !== before.leasedAt;
}
