// What is true of every change of a row, whoever made it and whatever failed: the design's section 7 as sentences.

import { isDeepStrictEqual } from 'node:util';
import { LIMITS } from '../../../lib/api/limits.ts';
import type { Lease } from '../../../lib/protocol/messages.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import type { Actor, Broken, JobFacts } from '../system/observe.ts';

export interface Change {
  readonly old: Job | undefined;
  readonly now: Job;
  readonly actor: Actor;
  readonly nowMs: number;
  /** As they were before it. */
  readonly facts: JobFacts;
}

const gives = (kind: Kind) => kind === 'leased' || kind === 'renewed';

/** When the process that gave the lease looked at its clock: it may have stood still since. */
const decidedAt = ({ leaseUntil = 0 }: Job) => leaseUntil - LIMITS.leaseSeconds * 1000;

type Kind = 'made' | 'leased' | 'renewed' | 'released' | 'completed' | 'ended' | 'moved';

/** True when the sentence holds. */
type Rule = (change: Change & { readonly old: Job; readonly kind: Kind }) => boolean;

export const isOpen = ({ state }: Job) => state === 'queued' || state === 'leased';
const isLive = (job: Job, nowMs: number) => job.state === 'leased' && (job.leaseUntil ?? 0) > nowMs;

function kindOf({ old, now, actor }: Change): Kind {
  if (!old || old.admission !== now.admission) return 'made';
  if (now.state === 'completed') return 'completed';
  if (!isOpen(now)) return 'ended';
  if (now.fence !== old.fence || now.leasedAt !== old.leasedAt) return now.state === 'leased' ? 'leased' : 'released';
  return now.leaseUntil === old.leaseUntil && actor.kind !== 'agent' ? 'moved' : 'renewed';
}

/** Sentences about a row that was there before. */
export const CHANGE_RULES = {
  'a row is made once': ({ kind, old, nowMs }) =>
    kind !== 'made' || nowMs >= old.createdAt + LIMITS.retentionSeconds * 1000,
  'a job that ended never changes': ({ kind, old, now }) =>
    kind === 'made' || isOpen(old) || isDeepStrictEqual(old, now),
  'fences only grow, by one with each lease': ({ kind, old, now }) =>
    kind === 'made' || now.fence === old.fence + (kind === 'leased' ? 1 : 0),
  'a live lease is nobody else’s': ({ kind, old, nowMs }) => kind !== 'leased' || !isLive(old, nowMs),
  'attempts are leases that were not released, at most five': ({ kind, old, now }) =>
    kind === 'made' ||
    (now.attempts === old.attempts + ({ leased: 1, released: -1 }[kind as string] ?? 0) &&
      now.attempts <= LIMITS.attempts),
  'no lease past the deadline': ({ kind, now }) => !gives(kind) || decidedAt(now) < now.deadlineAt,
  'a lease is kept for half an hour at most': ({ kind, now }) =>
    kind !== 'renewed' || decidedAt(now) - (now.leasedAt ?? 0) <= LIMITS.renewalCapSeconds * 1000,
  'a lease lasts no longer than it may': ({ kind, now, nowMs }) => !gives(kind) || decidedAt(now) <= nowMs,
  'only the holder renews, releases and reports': isHoldersOwn,
  'a result is its holder’s': ({ kind, old, now }) => kind !== 'completed' || now.result?.agentId === old.leasedBy,
  'a job ends for a reason that is there': endsRightly,
  'an open job has an alarm, an ended one has none': ({ now }) => isOpen(now) === (now.dueAt !== undefined),
  'the alarm is no later than the deadline and the lease': ({ kind, now }) => kind !== 'moved' || isInTime(now),
  'the sweep sends before it moves the alarm': ({ kind, now, facts }) =>
    kind !== 'moved' || facts.sweepSends >= now.resends,
  'nothing crosses tenants': ({ now, actor }) => isWithinTenant(now, actor),
} as const satisfies Record<string, Rule>;

function isHoldersOwn({ kind, old, actor }: Parameters<Rule>[0]): boolean {
  if (kind !== 'renewed' && kind !== 'released' && kind !== 'completed') return true;
  if (actor.kind !== 'agent' || old.state !== 'leased' || old.leasedBy !== actor.agentId) return false;
  const named = { renewed: actor.renew, released: actor.release, completed: actor.results }[kind];
  return named.some((lease) => isOf(lease, old) && lease.fence === old.fence);
}

export const isOf = (lease: Lease, job: Job) =>
  lease.jobId === job.jobId && Date.parse(lease.createdAt) === job.createdAt;

function endsRightly({ kind, old, now, nowMs, actor }: Parameters<Rule>[0]): boolean {
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

const NEW_ROW = 'a new row is queued, unleased and has an alarm';

/** The sentences that it breaks. */
export function breaksOfChange(change: Change): Broken[] {
  const { old, now } = change;
  const tell = (invariant: string): Broken => ({ invariant, detail: describe(change) });
  const kind = kindOf(change);
  const isFresh = now.state === 'queued' && now.fence === 0 && now.attempts === 0 && now.dueAt !== undefined;
  if (kind === 'made' && !(isFresh && isWithinTenant(now, change.actor))) return [tell(NEW_ROW)];
  if (!old) return [];
  return Object.entries(CHANGE_RULES)
    .filter(([, rule]: [string, Rule]) => !rule({ ...change, old, kind }))
    .map(([invariant]) => tell(invariant));
}

function describe({ old, now, actor, nowMs }: Change): string {
  const facts = (job: Job | undefined) => {
    const { state, fence, attempts, leasedBy, leasedAt, leaseUntil, dueAt, deadlineAt, resends } = job ?? {};
    return JSON.stringify({ state, fence, attempts, leasedBy, leasedAt, leaseUntil, dueAt, deadlineAt, resends });
  };
  return `${actor.kind} at ${nowMs}: ${facts(old)} → ${facts(now)}`;
}
