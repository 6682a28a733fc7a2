// Operators' commands on jobs: list, show, cancel and resend. They follow the same rules as partners' requests.

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
  /** Epoch milliseconds. Jobs of the whole retention period are listed if it is absent. */
  readonly sinceMs?: number | undefined;
  /** 50 if it is absent. */
  readonly limit?: number | undefined;
}

export interface JobList {
  readonly jobs: readonly JobView[];
  /** True if there are more jobs, or if the list stopped before it examined all rows. */
  readonly hasMore: boolean;
}

/** The most rows that one list examines, so that a filter for a rare state does not read a month of jobs. */
const MAX_EXAMINED = 10_000;
const LISTED = { min: 1, max: 1_000, default: 50 } as const;

/** Returns the jobs of an account that match the filter, newest first. */
export async function listJobs(
  ports: OpenJobsPorts & { readonly accounts: AccountRegister },
  accountId: string,
  filter: JobFilter = {},
): Promise<Outcome<JobList>> {
  const { state, limit = LISTED.default } = filter;
  if (!Number.isSafeInteger(limit) || limit < LISTED.min || limit > LISTED.max)
    return refused('invalid', `limit must be a whole number from ${LISTED.min} to ${LISTED.max}.`);
  const account = await findAccount(ports, accountId);
  if (!account.ok) return account;
  const nowMs = ports.clock();
  const oldest = nowMs - LIMITS.retentionSeconds * 1000 + 1;
  const jobs: JobView[] = [];
  let examined = 0;
  for await (const job of readJobs(ports, accountId, Math.max(filter.sinceMs ?? oldest, oldest))) {
    if (jobs.length === limit || examined === MAX_EXAMINED) return done({ jobs, hasMore: true });
    examined += 1;
    if (state === undefined || job.state === state) jobs.push(viewJob(job, nowMs));
  }
  return done({ jobs, hasMore: false });
}

export interface ShownJob {
  readonly accountId: string;
  readonly job: JobView;
  /** The events of the partner's timeline. */
  readonly events: readonly TimelineEvent[];
}

interface JobPorts {
  readonly jobs: JobStore;
  readonly clock: Clock;
}

/** Returns a job of any account, with its timeline. */
export async function showJob(ports: JobPorts & TimelinePorts, jobId: string): Promise<Outcome<ShownJob>> {
  const found = await findJob(ports, jobId);
  if (!found.ok) return found;
  const { accountId } = found.value;
  const events = await findTimeline(ports, found.value);
  return done({ accountId, job: viewJob(found.value, ports.clock()), events });
}

async function findJob({ jobs, clock }: JobPorts, jobId: string): Promise<Outcome<Job>> {
  const job = JOB_ID.test(jobId) ? await jobs.find(jobId) : undefined;
  return job && !isPastRetention(job, clock()) ? done(job) : refuseUnknownJob(jobId);
}

function refuseUnknownJob(jobId: string): Outcome<never> {
  const days = LIMITS.retentionSeconds / 86_400;
  return refused('job_unknown', `No job has the id ${jobId}. Check the id; jobs are deleted after ${days} days.`);
}

/** Cancels a job as its partner could, and returns it. Canceling twice is allowed, and an unused quota unit is refunded. */
export async function cancelJob(ports: JobPorts & CancelPorts, jobId: string): Promise<Outcome<JobView>> {
  const found = await findJob(ports, jobId);
  if (!found.ok) return found;
  const nowMs = ports.clock();
  const ended = await cancel(ports, found.value, { reason: 'operator_asked', nowMs });
  if (ended.kind === 'missing') return refuseUnknownJob(jobId);
  if (ended.kind === 'keeps_changing')
    return refused('changed_meanwhile', `The job ${jobId} changed while we tried to cancel it. Cancel it again.`);
  return ended.kind === 'canceled' ? done(viewJob(ended.job, nowMs)) : refuseEndedJob(ended.job);
}

function refuseEndedJob({ jobId, state }: Job): Outcome<never> {
  return refused('job_finished', `The job ${jobId} has ended already: it is ${state}. An ended job cannot change.`);
}

/** Sends one more pointer to an open job, as the sweep does, and returns the job. A second pointer does no harm. */
export async function resendJob(
  ports: JobPorts & { readonly queues: Pick<JobQueues, 'send'>; readonly eventLog: EventLog },
  jobId: string,
): Promise<Outcome<JobView>> {
  const found = await findJob(ports, jobId);
  if (!found.ok) return found;
  const job = found.value;
  if (job.state !== 'queued' && job.state !== 'leased') return refuseEndedJob(job);
  await ports.queues.send(job, job);
  const { accountId, resends } = job;
  ports.eventLog.record({ event: 'job.resent', accountId, jobId, resends });
  return done(viewJob(job, ports.clock()));
}
