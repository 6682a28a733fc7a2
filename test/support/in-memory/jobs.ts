// The ports JobStore and JobHistory in memory. Each change has the conditions that the port documents.
import { LIMITS } from '../../../lib/api/limits.ts';
import type {
  Alarm,
  Change,
  JobHistory,
  JobRef,
  JobStore,
  LeaseHold,
  NewLease,
} from '../../../lib/relay/model/ports.ts';
import type { Job } from '../../../lib/relay/model/records.ts';

/** Jobs in memory. */
export interface InMemoryJobs extends JobStore, JobHistory {
  /** Returns all jobs. */
  all(): readonly Job[];
  /** Removes the jobs of an account and returns their number. */
  removeAll(accountId: string): number;
}

/** Returns a store over `jobs`, by job id. A caller that passes the map can observe every write and restore old states. */
export function createInMemoryJobs(jobs = new Map<string, Job>()): InMemoryJobs {
  const write = (job: Job): Change => {
    jobs.set(job.jobId, structuredClone(job));
    return { done: true, job };
  };
  const change = (jobId: string, allowed: (job: Job) => boolean, apply: (job: Job) => Job): Change => {
    const job = jobs.get(jobId);
    return job && allowed(job) ? write(apply(job)) : { done: false, job };
  };
  return {
    all: () => [...jobs.values()],
    removeAll(accountId) {
      const own = [...jobs.values()].filter((job) => job.accountId === accountId);
      for (const { jobId } of own) jobs.delete(jobId);
      return own.length;
    },
    find: async (jobId) => structuredClone(jobs.get(jobId)),
    findMany: async (jobIds) => structuredClone(jobIds.flatMap((jobId) => jobs.get(jobId) ?? [])),
    async create(job, nowMs) {
      const existing = jobs.get(job.jobId);
      return existing && nowMs < expiryOf(existing) ? { done: false, job: existing } : write(job);
    },
    lease: async (ref, lease) =>
      change(
        ref.jobId,
        (job) => isIncarnation(job, ref) && mayBeLeased(job, lease),
        (job) => ({
          ...job,
          state: 'leased',
          leasedBy: lease.agentId,
          leasedAt: lease.nowMs,
          leaseUntil: lease.leaseUntil,
          updatedAt: lease.nowMs,
          fence: job.fence + 1,
          attempts: job.attempts + 1,
        }),
      ),
    renew: async (hold, { nowMs, leaseUntil, leasedSince }) =>
      change(
        hold.jobId,
        (job) => isHeld(job, hold) && (job.leasedAt ?? 0) >= leasedSince && nowMs < job.deadlineAt,
        (job) => ({ ...job, leaseUntil }),
      ),
    release: async (hold, nowMs) =>
      change(
        hold.jobId,
        (job) => isHeld(job, hold),
        ({ leasedBy: _, ...job }) => ({
          ...withoutLease(job),
          state: 'queued',
          attempts: job.attempts - 1,
          updatedAt: nowMs,
        }),
      ),
    complete: async (hold, { result, evidenceSha256, nowMs }) =>
      change(
        hold.jobId,
        (job) => isHeld(job, hold),
        (job) => ({ ...withoutAlarm(job), state: 'completed', result, evidenceSha256, updatedAt: nowMs }),
      ),
    end: async (read, { state, reason, nowMs }) =>
      change(
        read.jobId,
        (job) => isAsRead(job, read),
        (job) => ({ ...withoutAlarm(job), state, endReason: reason, updatedAt: nowMs }),
      ),
    moveDue: async (read, alarm) =>
      change(
        read.jobId,
        (job) => isAsRead(job, read),
        (job) => ({ ...job, ...withoutUndefined(alarm) }),
      ),
    async *listCreatedSince(accountId, sinceMs) {
      const own = [...jobs.values()].filter((job) => job.accountId === accountId && job.createdAt >= sinceMs);
      yield* own.toSorted((a, b) => a.createdAt - b.createdAt);
    },
    async readPage(accountId, { sinceMs, before, limit }) {
      const range = [...jobs.values()]
        .filter((job) => job.accountId === accountId && job.createdAt >= sinceMs)
        .filter((job) => !before || compare(job, before) < 0)
        .toSorted((a, b) => compare(b, a));
      const page = range.slice(0, limit);
      return { jobs: structuredClone(page), next: range.length > limit ? page.at(-1) : undefined };
    },
  };
}

/** Compares by time, then by id. */
const compare = (a: JobRef, b: JobRef) =>
  a.createdAt - b.createdAt || (a.jobId < b.jobId ? -1 : Number(a.jobId !== b.jobId));

const expiryOf = (job: Job) => job.createdAt + LIMITS.retentionSeconds * 1000;
const isIncarnation = (job: Job, ref: JobRef) => job.createdAt === ref.createdAt;
const isFree = (job: Job, nowMs: number) =>
  job.state === 'queued' || (job.state === 'leased' && (job.leaseUntil ?? 0) <= nowMs);

function mayBeLeased(job: Job, { accountId, pool, nowMs, attemptLimit }: NewLease): boolean {
  const isItsOwn = job.accountId === accountId && job.pool === pool;
  return isItsOwn && isFree(job, nowMs) && nowMs < job.deadlineAt && job.attempts < attemptLimit;
}

function isHeld(job: Job, hold: LeaseHold): boolean {
  const isItsOwn = isIncarnation(job, hold) && job.accountId === hold.accountId;
  return isItsOwn && job.state === 'leased' && job.fence === hold.fence && job.leasedBy === hold.agentId;
}

function isAsRead(job: Job, read: Job): boolean {
  const facts = ({ createdAt, state, fence, leaseUntil, dueAt }: Job) =>
    JSON.stringify([createdAt, state, fence, leaseUntil, dueAt]);
  return facts(job) === facts(read);
}

/** Returns the named values of an alarm. The table leaves undefined ones as they are, too. */
function withoutUndefined(alarm: Alarm): Partial<Job> {
  return Object.fromEntries(Object.entries(alarm).filter(([, value]) => value !== undefined));
}

function withoutLease({ leasedAt: _, leaseUntil: __, ...job }: Job): Job {
  return job;
}

function withoutAlarm({ dueAt: _, ...job }: Job): Job {
  return withoutLease(job);
}
