// Mutations that break the guards of taking, renewing and releasing leases.

import { isOpen } from '../search/invariants.ts';
import {
  asLeasable,
  force,
  holding,
  INVARIANTS,
  isFree,
  isHeldBy,
  leasing,
  type Mutation,
  replaceMethods,
} from '../search/mutation.ts';

export const BROKEN_LEASES: readonly Mutation[] = [
  {
    guard: 'lease: only without a live lease',
    strategy: 'steps',
    from: 'each agent has a job',
    violates: 'a live lease is not given to another agent',
    replacePorts: leasing((job, nowMs) => isOpen(job) && nowMs < job.deadlineAt && job.attempts < 5),
  },
  {
    guard: 'lease: only of the agent’s own account and pool',
    strategy: 'steps',
    from: 'a pointer to the job of another account',
    violates: INVARIANTS.tenants,
    replacePorts: replaceMethods('jobs', (original, { rows, observer }) => ({
      findMany: async (jobIds) => (await original.findMany(jobIds)).map((job) => asLeasable(job, observer)),
      lease(ref, lease) {
        const { accountId, pool } = rows.get(ref.jobId) ?? lease;
        return original.lease(ref, { ...lease, accountId, pool });
      },
    })),
  },
  {
    guard: 'pull: goes on behind stale pointers',
    strategy: 'steps',
    from: 'a job behind stale pointers',
    violates: 'stale pointers hold up no job',
    replacePorts: replaceMethods('queues', (original, relay) => {
      const executions = new Set<number>();
      return {
        async receive(...given) {
          const { execution } = relay.observer;
          if (executions.has(execution)) return [];
          executions.add(execution);
          return original.receive(...given);
        },
      };
    }),
  },
  {
    guard: 'lease: only while attempts are left',
    strategy: 'steps',
    from: 'a lease at its last attempt',
    violates: INVARIANTS.attempts,
    replacePorts: leasing((job, nowMs) => isOpen(job) && isFree(job, nowMs) && nowMs < job.deadlineAt),
  },
  {
    guard: 'lease: only before the deadline',
    strategy: 'steps',
    from: 'a job without an agent and a leased job, shortly before the deadline',
    violates: 'no lease is given or renewed after the deadline',
    replacePorts: leasing((job, nowMs) => isOpen(job) && isFree(job, nowMs) && job.attempts < 5),
  },
  {
    guard: 'lease: only an open job',
    strategy: 'steps',
    from: 'a job without an agent and a leased job, shortly before the deadline',
    violates: INVARIANTS.ended,
    replacePorts: leasing((job, nowMs) => isFree(job, nowMs) && nowMs < job.deadlineAt && job.attempts < 5),
  },
  {
    guard: 'lease: a new fence each time',
    strategy: 'steps',
    violates: 'a fence grows by one with each lease, and never otherwise',
    replacePorts: leasing(
      (job, nowMs) => isOpen(job) && isFree(job, nowMs) && nowMs < job.deadlineAt && job.attempts < 5,
      0,
    ),
  },
  {
    guard: 'lease: also after an expired lease',
    strategy: 'end',
    violates: INVARIANTS.ends,
    replacePorts: leasing((job, nowMs) => job.state === 'queued' && nowMs < job.deadlineAt && job.attempts < 5),
  },
  {
    guard: 'renew: only under its fence',
    strategy: 'steps',
    violates: INVARIANTS.holders,
    replacePorts: holding('renew', 'fence'),
  },
  {
    guard: 'renew: only by its agent',
    strategy: 'steps',
    violates: INVARIANTS.holders,
    replacePorts: holding('renew', 'agentId'),
  },
  {
    guard: 'renew: for at most half an hour',
    strategy: 'steps',
    violates: 'a lease is renewed for at most half an hour',
    replacePorts: replaceMethods('jobs', (original) => ({
      renew: (hold, renewal) => original.renew(hold, { ...renewal, leasedSince: 0 }),
    })),
  },
  {
    guard: 'renew: only before the deadline',
    strategy: 'steps',
    from: 'a job without an agent and a leased job, shortly before the deadline',
    violates: 'no lease is given or renewed after the deadline',
    replacePorts: replaceMethods('jobs', (original) => ({
      renew: (hold, renewal) => original.renew(hold, { ...renewal, nowMs: 0 }),
    })),
  },
  {
    guard: 'release: only under its fence',
    strategy: 'steps',
    violates: INVARIANTS.holders,
    replacePorts: holding('release', 'fence'),
  },
  {
    guard: 'release: only by its agent',
    strategy: 'steps',
    violates: INVARIANTS.holders,
    replacePorts: holding('release', 'agentId'),
  },
  {
    guard: 'release: counts as no attempt',
    strategy: 'steps',
    violates: INVARIANTS.attempts,
    replacePorts: replaceMethods('jobs', (_original, relay) => ({
      async release(hold, nowMs) {
        const job = relay.rows.get(hold.jobId);
        if (!isHeldBy(job, hold)) return { done: false, job };
        const { leasedBy: _, leasedAt: __, leaseUntil: ___, ...rest } = job;
        return force(relay, hold, () => ({ ...rest, state: 'queued', updatedAt: nowMs }));
      },
    })),
  },
];
