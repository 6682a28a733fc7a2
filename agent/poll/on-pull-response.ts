// What an answered pull changes: results removed, leases renewed or lost, new work. Pure.

import { LIMITS } from '../../lib/api/limits.ts';
import type { Lease, PullResponse } from '../../lib/protocol/messages.ts';
import type { EventOf, PollState, PollStep, Work } from './poll-types.ts';
import { isSameLease, withoutLeases } from './poll-types.ts';

/** From one question that found nothing to the next, whatever the relay says: a relay in error must not be hammered. */
const EMPTY_PACE_MS = 1_000;
const RENEW_SOONEST_MS = 5_000;
const PACE_CAP_SECONDS = 3_600;
/** Up to this part of the pace is added, so that agents spread out. */
const JITTER = 0.1;

export function onPullResponse(state: PollState, event: EventOf<'pulled'>): PollStep {
  const removed = endPull(state, event);
  const renewed = takeRenewals(removed, event);
  const arrived = takeJobs(renewed.state, event);
  return { state: arrived.state, effects: [...renewed.effects, ...arrived.effects] };
}

function endPull(state: PollState, event: EventOf<'pulled'>): PollState {
  const { plan: done, response, removed, spooled } = event;
  return {
    ...state,
    pulling: false,
    pace: response.pace,
    failures: 0,
    lost: undefined,
    contactAtMs: 0,
    resultLimit: LIMITS.pullResults,
    releasing: withoutLeases(state.releasing, done.release),
    hasNews: state.hasNews || (removed > 0 && spooled > 0),
    askAtMs: event.nowMs + paceMs(state, event),
  };
}

/** Never earlier than told; jitter only makes it later. */
function paceMs(state: PollState, { plan: done, response, random, nowMs }: EventOf<'pulled'>): number {
  const seconds = Number.isFinite(response.nextPollSeconds) ? response.nextPollSeconds : PACE_CAP_SECONDS;
  const toldMs = Math.min(Math.max(seconds, 0), PACE_CAP_SECONDS) * 1000;
  const foundNothing = done.want > 0 && response.jobs.length === 0;
  const atLeastMs = foundNothing ? state.pulledAtMs + EMPTY_PACE_MS - nowMs : 0;
  return Math.max(toldMs * (1 + JITTER * random), atLeastMs);
}

/** A lease that was asked for and does not come back is lost: canceled, ended, or another's. Its work is given up. */
function takeRenewals(state: PollState, { plan: done, response, nowMs }: EventOf<'pulled'>): PollStep {
  const find = (lease: Lease) => response.renewed.find((each) => isSameLease(each, lease));
  const isLost = ({ lease }: Work) => done.renew.some((sent) => isSameLease(sent, lease)) && !find(lease);
  const [lost, kept] = partition(state.work, isLost);
  const work = kept.map((each) => {
    const lease = find(each.lease);
    return lease ? { lease, renewAtMs: nowMs + renewInMs(lease, response) } : each;
  });
  const abandoned = lost.map(({ lease }) => ({ kind: 'abandon', lease, why: 'lease_lost' }) as const);
  const extended = work
    .filter(({ lease }) => find(lease))
    .map(({ lease }) => ({ kind: 'extend', lease, leaseMs: leaseMs(lease, response) }) as const);
  return { state: { ...state, work }, effects: [...abandoned, ...extended] };
}

/** A stopping agent gives new work straight back. A job that we hold already comes under a newer lease: start it anew. */
function takeJobs(state: PollState, { response, nowMs }: EventOf<'pulled'>): PollStep {
  const leases = response.jobs.map(({ lease }) => lease);
  if (state.stage !== 'running') {
    return { state: { ...state, releasing: [...state.releasing, ...leases] }, effects: [] };
  }
  const [replaced, kept] = partition(state.work, ({ lease }) => leases.some(({ jobId }) => jobId === lease.jobId));
  const begun = leases.map((lease) => ({ lease, renewAtMs: nowMs + renewInMs(lease, response) }));
  const abandoned = replaced.map(({ lease }) => ({ kind: 'abandon', lease, why: 'superseded' }) as const);
  const works = response.jobs.map((job) => ({ kind: 'work', ...job, leaseMs: leaseMs(job.lease, response) }) as const);
  return { state: { ...state, work: [...kept, ...begun] }, effects: [...abandoned, ...works] };
}

/** At half of the lease, but never at once: a lease that is over already must not make us hammer the relay. */
function renewInMs(lease: Lease, response: PullResponse): number {
  return Math.max(leaseMs(lease, response) / 2, RENEW_SOONEST_MS);
}

/** Both times are the relay's, so the span holds whatever our own clock says. */
function leaseMs(lease: Lease, response: PullResponse): number {
  const span = Date.parse(lease.leaseUntil) - Date.parse(response.serverTime);
  return Number.isFinite(span) ? Math.max(span, 0) : LIMITS.leaseSeconds * 1000;
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
