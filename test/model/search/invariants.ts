// The invariants of every change of a job's row. They hold for any actor and any fault.

import { isDeepStrictEqual } from 'node:util';
import { LIMITS } from '../../../lib/api/limits.ts';
import type { Lease } from '../../../lib/protocol/messages.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import type { Actor, JobFacts, Violation } from '../system/observer.ts';

export interface Change {
  readonly old: Job | undefined;
  readonly now: Job;
  readonly actor: Actor;
  readonly nowMs: number;
  /** The facts before the change. */
  readonly facts: JobFacts;
}

const givesLease = (kind: Kind) => kind === 'leased' || kind === 'renewed';

/** Returns the time at which the process decided to give the lease. The process may have been frozen since then. */
const decidedAt = ({ leaseUntil = 0 }: Job) => leaseUntil - LIMITS.leaseSeconds * 1000;

type Kind = 'created' | 'leased' | 'renewed' | 'released' | 'completed' | 'ended' | 'moved';

/** Returns true if the invariant holds for the change. */
type Rule = (change: Change & { readonly old: Job; readonly kind: Kind }) => boolean;

/** Returns true while the job is queued or leased. */
export const isOpen = ({ state }: Job) => state === 'queued' || state === 'leased';
const isLive = (job: Job, nowMs: number) => job.state === 'leased' && (job.leaseUntil ?? 0) > nowMs;

function kindOf({ old, now, actor }: Change): Kind {
  if (!old || old.admission !== now.admission) return 'created';
  if (now.state === 'completed') return 'completed';
  if (!isOpen(now)) return 'ended';
  if (now.fence !== old.fence || now.leasedAt !== old.leasedAt) return now.state === 'leased' ? 'leased' : 'released';
  return now.leaseUntil === old.leaseUntil && actor.kind !== 'agent' ? 'moved' : 'renewed';
}

/** The invariants of a change to an existing row, by their names. */
export const CHANGE_RULES = {
  'a row is created once': ({ kind, old, nowMs }) =>
    kind !== 'created' || nowMs >= old.createdAt + LIMITS.retentionSeconds * 1000,
  'an ended job never changes': ({ kind, old, now }) =>
    kind === 'created' || isOpen(old) || isDeepStrictEqual(old, now),
  'a fence grows by one with each lease, and never otherwise': ({ kind, old, now }) =>
    kind === 'created' || now.fence === old.fence + (kind === 'leased' ? 1 : 0),
  'a live lease is not given to another agent': ({ kind, old, nowMs }) => kind !== 'leased' || !isLive(old, nowMs),
  'attempts count the leases that were not released, at most five': ({ kind, old, now }) =>
    kind === 'created' ||
    (now.attempts === old.attempts + ({ leased: 1, released: -1 }[kind as string] ?? 0) &&
      now.attempts <= LIMITS.attempts),
  'no lease is given or renewed after the deadline': ({ kind, now }) =>
    !givesLease(kind) || decidedAt(now) < now.deadlineAt,
  'a lease is renewed for at most half an hour': ({ kind, now }) =>
    kind !== 'renewed' || decidedAt(now) - (now.leasedAt ?? 0) <= LIMITS.renewalCapSeconds * 1000,
  'a lease lasts at most two minutes': ({ kind, now, nowMs }) => !givesLease(kind) || decidedAt(now) <= nowMs,
  'only the holder of a lease renews, releases and reports': isByHolder,
  'a result comes from the holder of the lease': ({ kind, old, now }) =>
    kind !== 'completed' || now.result?.agentId === old.leasedBy,
  'a job ends only for a valid reason': endsValidly,
  'an open job has a dueAt, and an ended job has none': ({ now }) => isOpen(now) === (now.dueAt !== undefined),
  'dueAt is no later than the deadline and the lease': ({ kind, now }) => kind !== 'moved' || isInTime(now),
  'the sweep sends before it moves dueAt': ({ kind, now, facts }) =>
    kind !== 'moved' || facts.sweepSends >= now.resends,
  'no change crosses tenants': ({ now, actor }) => isWithinTenant(now, actor),
} as const satisfies Record<string, Rule>;

function isByHolder({ kind, old, actor }: Parameters<Rule>[0]): boolean {
  if (kind !== 'renewed' && kind !== 'released' && kind !== 'completed') return true;
  if (actor.kind !== 'agent' || old.state !== 'leased' || old.leasedBy !== actor.agentId) return false;
  const named = { renewed: actor.renew, released: actor.release, completed: actor.results }[kind];
  return named.some((lease) => isOf(lease, old) && lease.fence === old.fence);
}

/** Returns true if the lease belongs to this incarnation of the job. */
export const isOf = (lease: Lease, job: Job) =>
  lease.jobId === job.jobId && Date.parse(lease.createdAt) === job.createdAt;

function endsValidly({ kind, old, now, nowMs, actor }: Parameters<Rule>[0]): boolean {
  if (kind !== 'ended') return true;
  if (now.state === 'canceled') return actor.kind === 'partner' && actor.cancels === now.jobId;
  if (isLive(old, nowMs)) return false;
  return now.state === 'expired' ? nowMs >= old.deadlineAt : old.attempts >= LIMITS.attempts;
}

function isInTime({ dueAt = 0, deadlineAt, leaseUntil = 0 }: Job): boolean {
  return dueAt <= Math.max(deadlineAt, leaseUntil + TUNING.dueAfterLeaseSeconds * 1000);
}

function isWithinTenant({ accountId, pool }: Job, actor: Actor): boolean {
  if (actor.kind === 'sweep') return true;
  return actor.accountId === accountId && (actor.kind === 'partner' || actor.pool === pool);
}

const NEW_ROW = 'a new row is queued, unleased and has a dueAt';

/** Returns the invariants that the change violates. */
export function violationsOfChange(change: Change): Violation[] {
  const { old, now } = change;
  const toViolation = (invariant: string): Violation => ({ invariant, detail: describe(change) });
  const kind = kindOf(change);
  const isNew = now.state === 'queued' && now.fence === 0 && now.attempts === 0 && now.dueAt !== undefined;
  if (kind === 'created' && !(isNew && isWithinTenant(now, change.actor))) return [toViolation(NEW_ROW)];
  if (!old) return [];
  return Object.entries(CHANGE_RULES)
    .filter(([, rule]: [string, Rule]) => !rule({ ...change, old, kind }))
    .map(([invariant]) => toViolation(invariant));
}

function describe({ old, now, actor, nowMs }: Change): string {
  const facts = (job: Job | undefined) => {
    const { state, fence, attempts, leasedBy, leasedAt, leaseUntil, dueAt, deadlineAt, resends } = job ?? {};
    return JSON.stringify({ state, fence, attempts, leasedBy, leasedAt, leaseUntil, dueAt, deadlineAt, resends });
  };
  return `${actor.kind} at ${nowMs}: ${facts(old)} → ${facts(now)}`;
}
