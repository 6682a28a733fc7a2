// How a guard is broken for the model, with no product file edited: what is broken stands between the relay and its ports.
import type { Change, JobStore, LeaseHold } from '../../../lib/relay/model/ports.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import type { Actor } from '../system/observe.ts';
import type { RelayInMemory, RelayPorts } from '../system/relay-in-memory.ts';
import type { Start } from './starts.ts';

/** Where the model meets it: one process after the other, two at once, one that is frozen, several tenants, or when all comes to its end. */
export type Hunt = 'steps' | 'race' | 'freeze' | 'tenants' | 'end';

export interface Mutation {
  readonly guard: string;
  readonly hunt: Hunt;
  /** By which sentence it is caught. */
  readonly breaks: string;
  /** Where it shows soonest; without it all starts are tried. */
  readonly from?: Start | undefined;
  /** Instead of the ports themselves. */
  readonly under?: (relay: RelayInMemory) => RelayPorts;
  /** Between a process and its ports: it may make its calls in another order. */
  readonly over?: (ports: RelayPorts, actor: Actor) => RelayPorts;
}

type Broken<P> = (whole: P, relay: RelayInMemory) => Partial<P>;
type Breakable = 'jobs' | 'quota' | 'queues' | 'evidence' | 'oneTimeValues' | 'due';

export const broken =
  <N extends Breakable>(name: N, breaking: Broken<RelayPorts[N]>) =>
  (relay: RelayInMemory): RelayPorts => ({
    ...relay.ports,
    [name]: { ...relay.ports[name], ...breaking(relay.ports[name], relay) },
  });

/** The row becomes that, whatever stands there. */
export function force(relay: RelayInMemory, { jobId }: { readonly jobId: string }, change: (job: Job) => Job): Change {
  const job = relay.rows.get(jobId);
  if (!job) return { done: false, job };
  const changed = change(job);
  relay.rows.set(jobId, changed);
  return { done: true, job: changed };
}

const leaseOf = ({ agentId, nowMs, leaseUntil }: Parameters<JobStore['lease']>[1]) =>
  ({ state: 'leased', leasedBy: agentId, leasedAt: nowMs, leaseUntil, updatedAt: nowMs }) as const;

export const isFree = (job: Job, nowMs: number) => job.state === 'queued' || (job.leaseUntil ?? 0) <= nowMs;

export const isHeldBy = (job: Job | undefined, { fence, agentId }: LeaseHold): job is Job =>
  job?.state === 'leased' && job.fence === fence && job.leasedBy === agentId;

/** A job as a pull would like to find it. Its own lease stays, which a repeat of the pull looks for. */
export function asLeasable(job: Job, { actor }: RelayInMemory['observer']): Job {
  if (actor.kind !== 'agent' || job.leasedBy === actor.agentId) return job;
  const { accountId, pool } = actor;
  return { ...job, accountId, pool, state: 'queued', attempts: 0, deadlineAt: Number.MAX_SAFE_INTEGER };
}

/**
 * The lease is given where the job of the agent's own pool fits, and nothing else is asked, neither when the pull reads
 * the job nor when it writes.
 */
export const leasing = (fits: (job: Job, nowMs: number) => boolean, fences = 1) =>
  broken('jobs', (whole, relay) => ({
    findMany: async (jobIds) => (await whole.findMany(jobIds)).map((job) => asLeasable(job, relay.observer)),
    async lease(ref, lease) {
      const job = relay.rows.get(ref.jobId);
      const isItsOwn = job?.accountId === lease.accountId && job.pool === lease.pool;
      if (!isItsOwn || !fits(job, lease.nowMs)) return { done: false, job };
      const counts = { fence: job.fence + fences, attempts: job.attempts + 1 };
      return force(relay, ref, () => ({ ...job, ...leaseOf(lease), ...counts }));
    },
  }));

/** The hold as the row would like to see it. */
export function forge(relay: RelayInMemory, hold: LeaseHold, ...facts: readonly (keyof LeaseHold)[]): LeaseHold {
  const job = relay.rows.get(hold.jobId);
  const row = { ...job, agentId: job?.leasedBy };
  return { ...hold, ...Object.fromEntries(facts.map((fact) => [fact, row[fact]])) };
}

/** One of the changes under a lease asks no more for these. */
export const holding = (method: 'renew' | 'release' | 'complete', ...unasked: readonly (keyof LeaseHold)[]) =>
  broken('jobs', (whole, relay) => ({
    [method]: (hold: LeaseHold, ...rest: [never]) => whole[method](forge(relay, hold, ...unasked), ...rest),
  }));

export const asNow = ({ rows }: RelayInMemory, read: Job): Job => rows.get(read.jobId) ?? read;

/** Sentences that more than one of them breaks. */
export const SENTENCES = {
  holders: 'only the holder renews, releases and reports',
  ended: 'a job that ended never changes',
  quota: 'the quota is right, or one unit short for each fault, never over',
  attempts: 'attempts are leases that were not released, at most five',
  alarm: 'an open job has an alarm, an ended one has none',
  ends: 'an accepted job ends, and is done where there was time',
  evidence: 'the evidence kept is that of the accepted result',
  tenants: 'nothing crosses tenants',
} as const;
