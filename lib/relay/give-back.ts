// Giving a unit back: of a job that ended before anybody had it.
import { describeFailure } from './describe-failure.ts';
import type { Journal, QuotaLedger } from './ports.ts';
import { quotaWindowOf } from './quota-window.ts';
import type { Job } from './records.ts';

export interface GiveBackPorts {
  readonly quota: Pick<QuotaLedger, 'giveBack'>;
  readonly journal: Journal;
}

/**
 * For whoever made the one write that ended the job: so it happens at most once. The job has ended whatever becomes of
 * its unit, and asking again would give nothing back: so this fails aloud, but alone. The minute is not given back: it
 * bounds how fast jobs came.
 */
export async function giveBackIfUnused({ quota, journal }: GiveBackPorts, job: Job, nowMs: number): Promise<void> {
  if (job.fence !== 0 || job.quotaWindow !== quotaWindowOf(nowMs)) return;
  try {
    await quota.giveBack(job.accountId, job.quotaWindow, 1);
  } catch (error) {
    journal.record({ event: 'dependency.failed', where: 'quota', reason: describeFailure(error) });
  }
}
