// Broken guards of leases: how they are taken, kept and given back.
import {
  asLeasable,
  broken,
  force,
  holding,
  isFree,
  isHeldBy,
  leasing,
  type Mutation,
  SENTENCES,
} from '../search/breaking.ts';
import { isOpen } from '../search/invariants.ts';

export const BROKEN_LEASES: readonly Mutation[] = [
  {
    guard: 'lease: only where none is live',
    hunt: 'steps',
    from: 'each agent has a job',
    breaks: 'a live lease is nobody else’s',
    under: leasing((job, nowMs) => isOpen(job) && nowMs < job.deadlineAt && job.attempts < 5),
  },
  {
    guard: 'lease: only of the agent’s own account and pool',
    hunt: 'steps',
    from: 'a pointer to the job of another account',
    breaks: SENTENCES.tenants,
    under: broken('jobs', (whole, { rows, observer }) => ({
      findMany: async (jobIds) => (await whole.findMany(jobIds)).map((job) => asLeasable(job, observer)),
      lease(ref, lease) {
        const { accountId, pool } = rows.get(ref.jobId) ?? lease;
        return whole.lease(ref, { ...lease, accountId, pool });
      },
    })),
  },
  {
    guard: 'pull: goes on behind stale pointers',
    hunt: 'steps',
    from: 'a job behind stale pointers',
    breaks: 'stale pointers hold up no job',
    under: broken('queues', (whole, relay) => {
      const executions = new Set<number>();
      return {
        async receive(...given) {
          const { execution } = relay.observer;
          if (executions.has(execution)) return [];
          executions.add(execution);
          return whole.receive(...given);
        },
      };
    }),
  },
  {
    guard: 'lease: only while attempts are left',
    hunt: 'steps',
    from: 'a lease at its last attempt',
    breaks: SENTENCES.attempts,
    under: leasing((job, nowMs) => isOpen(job) && isFree(job, nowMs) && nowMs < job.deadlineAt),
  },
  {
    guard: 'lease: only before the deadline',
    hunt: 'steps',
    from: 'a job that nobody had and a lease, shortly before the deadline',
    breaks: 'no lease past the deadline',
    under: leasing((job, nowMs) => isOpen(job) && isFree(job, nowMs) && job.attempts < 5),
  },
  {
    guard: 'lease: only of a job that has not ended',
    hunt: 'steps',
    from: 'a job that nobody had and a lease, shortly before the deadline',
    breaks: SENTENCES.ended,
    under: leasing((job, nowMs) => isFree(job, nowMs) && nowMs < job.deadlineAt && job.attempts < 5),
  },
  {
    guard: 'lease: a new fence each time',
    hunt: 'steps',
    breaks: 'fences only grow, by one with each lease',
    under: leasing((job, nowMs) => isOpen(job) && isFree(job, nowMs) && nowMs < job.deadlineAt && job.attempts < 5, 0),
  },
  {
    guard: 'lease: also where one has run out',
    hunt: 'end',
    breaks: SENTENCES.ends,
    under: leasing((job, nowMs) => job.state === 'queued' && nowMs < job.deadlineAt && job.attempts < 5),
  },
  { guard: 'renew: only under its fence', hunt: 'steps', breaks: SENTENCES.holders, under: holding('renew', 'fence') },
  { guard: 'renew: only by its agent', hunt: 'steps', breaks: SENTENCES.holders, under: holding('renew', 'agentId') },
  {
    guard: 'renew: half an hour at most',
    hunt: 'steps',
    breaks: 'a lease is kept for half an hour at most',
    under: broken('jobs', (whole) => ({
      renew: (hold, renewal) => whole.renew(hold, { ...renewal, leasedSince: 0 }),
    })),
  },
  {
    guard: 'renew: only before the deadline',
    hunt: 'steps',
    from: 'a job that nobody had and a lease, shortly before the deadline',
    breaks: 'no lease past the deadline',
    under: broken('jobs', (whole) => ({ renew: (hold, renewal) => whole.renew(hold, { ...renewal, nowMs: 0 }) })),
  },
  {
    guard: 'release: only under its fence',
    hunt: 'steps',
    breaks: SENTENCES.holders,
    under: holding('release', 'fence'),
  },
  {
    guard: 'release: only by its agent',
    hunt: 'steps',
    breaks: SENTENCES.holders,
    under: holding('release', 'agentId'),
  },
  {
    guard: 'release: no attempt',
    hunt: 'steps',
    breaks: SENTENCES.attempts,
    under: broken('jobs', (_whole, relay) => ({
      async release(hold, nowMs) {
        const job = relay.rows.get(hold.jobId);
        if (!isHeldBy(job, hold)) return { done: false, job };
        const { leasedBy: _, leasedAt: __, leaseUntil: ___, ...rest } = job;
        return force(relay, hold, () => ({ ...rest, state: 'queued', updatedAt: nowMs }));
      },
    })),
  },
];
