// Mutations of the model: each breaks one guard by replacing ports, without an edit of a product file.
import type { Change, JobStore, LeaseHold } from '../../../lib/relay/model/ports.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import type { Actor } from '../system/observer.ts';
import type { RelayInMemory, RelayPorts } from '../system/relay-in-memory.ts';
import type { Start } from './starts.ts';

/** How the model looks for a violation: one process after another, two at once, one frozen, several tenants, or at the end. */
export type Strategy = 'steps' | 'race' | 'freeze' | 'tenants' | 'end';

export interface Mutation {
  /** The guard that is broken, in words. */
  readonly guard: string;
  readonly strategy: Strategy;
  /** The invariant that must catch the mutation. */
  readonly violates: string;
  /** The start from which the search is shortest. All starts are searched if it is absent. */
  readonly from?: Start | undefined;
  /** Returns the ports that replace the relay's own. */
  readonly replacePorts?: (relay: RelayInMemory) => RelayPorts;
  /** Returns ports that a process uses instead of its own, for example to make its calls in another order. */
  readonly wrapPorts?: (ports: RelayPorts, actor: Actor) => RelayPorts;
}

type Replacement<P> = (original: P, relay: RelayInMemory) => Partial<P>;
type ReplaceablePort = 'jobs' | 'quota' | 'queues' | 'evidence' | 'oneTimeValues' | 'due';

/** Returns a `replacePorts` function that replaces some methods of one port. */
export const replaceMethods =
  <N extends ReplaceablePort>(name: N, replacement: Replacement<RelayPorts[N]>) =>
  (relay: RelayInMemory): RelayPorts => ({
    ...relay.ports,
    [name]: { ...relay.ports[name], ...replacement(relay.ports[name], relay) },
  });

/** Changes an existing row without any condition. */
export function force(relay: RelayInMemory, { jobId }: { readonly jobId: string }, change: (job: Job) => Job): Change {
  const job = relay.rows.get(jobId);
  if (!job) return { done: false, job };
  const changed = change(job);
  relay.rows.set(jobId, changed);
  return { done: true, job: changed };
}

const leaseOf = ({ agentId, nowMs, leaseUntil }: Parameters<JobStore['lease']>[1]) =>
  ({ state: 'leased', leasedBy: agentId, leasedAt: nowMs, leaseUntil, updatedAt: nowMs }) as const;

/** Returns true if no live lease covers the job. */
export const isFree = (job: Job, nowMs: number) => job.state === 'queued' || (job.leaseUntil ?? 0) <= nowMs;

/** Returns true if the job is leased to this agent under this fence. */
export const isHeldBy = (job: Job | undefined, { fence, agentId }: LeaseHold): job is Job =>
  job?.state === 'leased' && job.fence === fence && job.leasedBy === agentId;

/** Returns the job as a pull reads it if every job can be leased. The agent's own lease stays, for a repeat of the pull. */
export function asLeasable(job: Job, { actor }: RelayInMemory['observer']): Job {
  if (actor.kind !== 'agent' || job.leasedBy === actor.agentId) return job;
  const { accountId, pool } = actor;
  return { ...job, accountId, pool, state: 'queued', attempts: 0, deadlineAt: Number.MAX_SAFE_INTEGER };
}

/**
 * Replaces `lease` by one whose only condition, beside account and pool, is `isAllowed`. The read before the lease finds
 * that every job can be leased. `fences` is added to the fence.
 */
export const leasing = (isAllowed: (job: Job, nowMs: number) => boolean, fences = 1) =>
  replaceMethods('jobs', (original, relay) => ({
    findMany: async (jobIds) => (await original.findMany(jobIds)).map((job) => asLeasable(job, relay.observer)),
    async lease(ref, lease) {
      const job = relay.rows.get(ref.jobId);
      const isItsOwn = job?.accountId === lease.accountId && job.pool === lease.pool;
      if (!isItsOwn || !isAllowed(job, lease.nowMs)) return { done: false, job };
      const counts = { fence: job.fence + fences, attempts: job.attempts + 1 };
      return force(relay, ref, () => ({ ...job, ...leaseOf(lease), ...counts }));
    },
  }));

/** Returns the hold with the row's own values for these facts, so that a check of them always passes. */
export function forge(relay: RelayInMemory, hold: LeaseHold, ...facts: readonly (keyof LeaseHold)[]): LeaseHold {
  const job = relay.rows.get(hold.jobId);
  const row = { ...job, agentId: job?.leasedBy };
  return { ...hold, ...Object.fromEntries(facts.map((fact) => [fact, row[fact]])) };
}

/** Replaces one of the changes under a lease by one that does not check these facts. */
export const holding = (method: 'renew' | 'release' | 'complete', ...unchecked: readonly (keyof LeaseHold)[]) =>
  replaceMethods('jobs', (original, relay) => ({
    [method]: (hold: LeaseHold, ...rest: [never]) => original[method](forge(relay, hold, ...unchecked), ...rest),
  }));

/** Returns the current row of a job that was read earlier. */
export const currentRow = ({ rows }: RelayInMemory, read: Job): Job => rows.get(read.jobId) ?? read;

/** Invariants that several mutations violate. */
export const INVARIANTS = {
  holders: 'only the holder of a lease renews, releases and reports',
  ended: 'an ended job never changes',
  quota: 'the used quota exceeds the jobs by at most one unit for each fault, and never falls short',
  attempts: 'attempts count the leases that were not released, at most five',
  dueAt: 'an open job has a dueAt, and an ended job has none',
  ends: 'an accepted job ends, and is completed if there was time',
  evidence: 'the stored evidence belongs to the accepted result',
  tenants: 'no change crosses tenants',
} as const;
