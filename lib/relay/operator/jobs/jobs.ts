// Jobs as an operator sees and ends them. The rules are the partner's; the authority is the operator's own credentials.

import { LIMITS } from '../../../api/limits.ts';
import { JOB_ID } from '../../../protocol/grammar.ts';
import type { JobState, JobView, TimelineEvent } from '../../../protocol/messages.ts';
import { isPastRetention } from '../../admission/admit-job.ts';
import { type CancelPorts, cancelJob as cancel } from '../../jobs/cancel-job.ts';
import { findTimeline, type TimelinePorts } from '../../jobs/read-timeline.ts';
import { viewJob } from '../../model/job-view.ts';
import type { Clock, EventLog, JobQueues, JobStore } from '../../model/ports.ts';
import type { Job } from '../../model/records.ts';
import { findAccount } from '../find-account.ts';
import type { AccountRegister } from '../operator-ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';
import { type OpenJobsPorts, readJobs } from './open-jobs.ts';

export interface JobFilter {
  readonly state?: JobState | undefined;
  /** Epoch milliseconds. Absent: as long as jobs are kept. */
  readonly sinceMs?: number | undefined;
  /** Absent: 50. */
  readonly limit?: number | undefined;
}

export interface JobList {
  readonly jobs: readonly JobView[];
  /** There are others behind these, or rows that were not looked at any more. */
  readonly hasMore: boolean;
}

/** What one list looks at, so that a rare state does not read a month of jobs. */
const EXAMINED = 10_000;
const LISTED = { min: 1, max: 1_000, default: 50 } as const;

/** Newest first. */
export async function listJobs(
  ports: OpenJobsPorts & { readonly accounts: AccountRegister },
  accountId: string,
  filter: JobFilter = {},
): Promise<Outcome<JobList>> {
  const { state, limit = LISTED.default } = filter;
  if (!Number.isSafeInteger(limit) || limit < LISTED.min || limit > LISTED.max)
    return refused('invalid', `limit is a whole number from ${LISTED.min} to ${LISTED.max}.`);
  const account = await findAccount(ports, accountId);
  if (!account.ok) return account;
  const nowMs = ports.clock();
  const oldest = nowMs - LIMITS.retentionSeconds * 1000 + 1;
  const jobs: JobView[] = [];
  let examined = 0;
  for await (const job of readJobs(ports, accountId, Math.max(filter.sinceMs ?? oldest, oldest))) {
    if (jobs.length === limit || examined === EXAMINED) return done({ jobs, hasMore: true });
    examined += 1;
    if (state === undefined || job.state === state) jobs.push(viewJob(job, nowMs));
  }
  return done({ jobs, hasMore: false });
}

export interface ShownJob {
  readonly accountId: string;
  readonly job: JobView;
  /** What the partner's timeline says too. */
  readonly events: readonly TimelineEvent[];
}

interface JobPorts {
  readonly jobs: JobStore;
  readonly clock: Clock;
}

export async function showJob(ports: JobPorts & TimelinePorts, jobId: string): Promise<Outcome<ShownJob>> {
  const found = await findJob(ports, jobId);
  if (!found.ok) return found;
  const { accountId } = found.value;
  const events = await findTimeline(ports, found.value);
  return done({ accountId, job: viewJob(found.value, ports.clock()), events });
}

async function findJob({ jobs, clock }: JobPorts, jobId: string): Promise<Outcome<Job>> {
  const job = JOB_ID.test(jobId) ? await jobs.find(jobId) : undefined;
  return job && !isPastRetention(job, clock()) ? done(job) : unknown(jobId);
}

function unknown(jobId: string): Outcome<never> {
  return refused('job_unknown', `No job has the id ${jobId}, or it is kept no more.`);
}

/** By the rule of the partner's own cancel: twice is once, and a unit that nobody used goes back. */
export async function cancelJob(ports: JobPorts & CancelPorts, jobId: string): Promise<Outcome<JobView>> {
  const found = await findJob(ports, jobId);
  if (!found.ok) return found;
  const nowMs = ports.clock();
  const ended = await cancel(ports, found.value, { reason: 'operator_asked', nowMs });
  if (ended.kind === 'missing') return unknown(jobId);
  if (ended.kind === 'keeps_changing')
    return refused('changed_meanwhile', `The job ${jobId} changed while we tried to cancel it. Cancel it again.`);
  return ended.kind === 'canceled' ? done(viewJob(ended.job, nowMs)) : finished(ended.job);
}

function finished({ jobId, state }: Job): Outcome<never> {
  return refused('job_finished', `The job ${jobId} has ended already: it is ${state}.`);
}

/** One more pointer to it in its queue, as the sweep would send: harmless where there is one already. */
export async function resendJob(
  ports: JobPorts & { readonly queues: Pick<JobQueues, 'send'>; readonly eventLog: EventLog },
  jobId: string,
): Promise<Outcome<JobView>> {
  const found = await findJob(ports, jobId);
  if (!found.ok) return found;
  const job = found.value;
  if (job.state !== 'queued' && job.state !== 'leased') return finished(job);
  await ports.queues.send(job, job);
  const { accountId, resends } = job;
  ports.eventLog.record({ event: 'job.resent', accountId, jobId, resends });
  return done(viewJob(job, ports.clock()));
}
