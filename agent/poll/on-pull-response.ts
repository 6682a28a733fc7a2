// What an answered pull changes: results removed, leases renewed or lost, new work. Pure functions.

import { LIMITS } from '../../lib/api/limits.ts';
import type { Lease, PullResponse } from '../../lib/protocol/messages.ts';
import type { EventOf, PollState, PollStep, Work } from './poll-types.ts';
import { isSameLease, withoutLeases } from './poll-types.ts';

/** The minimum time between two pulls that find no job. A faulty relay could ask for them without a pause. */
const EMPTY_PACE_MS = 1_000;
const RENEW_SOONEST_MS = 5_000;
const PACE_CAP_SECONDS = 3_600;
/** The largest part of the pace that is added at random, so that agents spread out. */
const JITTER = 0.1;

/** Returns the state after an answered pull, with new work and changed leases as effects. */
export function onPullResponse(state: PollState, event: EventOf<'pulled'>): PollStep {
  const removed = endPull(state, event);
  const renewed = applyRenewals(removed, event);
  const arrived = addJobs(renewed.state, event);
  return { state: arrived.state, effects: [...renewed.effects, ...arrived.effects] };
}

function endPull(state: PollState, event: EventOf<'pulled'>): PollState {
  const { plan: sentPlan, response, removed, spooled } = event;
  return {
    ...state,
    pulling: false,
    pace: response.pace,
    failures: 0,
    lost: undefined,
    contactAtMs: 0,
    resultLimit: LIMITS.pullResults,
    releasing: withoutLeases(state.releasing, sentPlan.release),
    hasNewResults: state.hasNewResults || (removed > 0 && spooled > 0),
    askAtMs: event.nowMs + paceMs(state, event),
  };
}

/** Returns at least the time that the relay asked for. Jitter only adds to it. */
function paceMs(state: PollState, { plan: sentPlan, response, random, nowMs }: EventOf<'pulled'>): number {
  const seconds = Number.isFinite(response.nextPollSeconds) ? response.nextPollSeconds : PACE_CAP_SECONDS;
  const requestedMs = Math.min(Math.max(seconds, 0), PACE_CAP_SECONDS) * 1000;
  const foundNothing = sentPlan.want > 0 && response.jobs.length === 0;
  const minMs = foundNothing ? state.pulledAtMs + EMPTY_PACE_MS - nowMs : 0;
  return Math.max(requestedMs * (1 + JITTER * random), minMs);
}

/**
 * A lease whose renewal was requested and not confirmed is lost: the job is canceled or terminal, or another agent has
 * it. Its work is abandoned.
 */
function applyRenewals(state: PollState, { plan: sentPlan, response, nowMs }: EventOf<'pulled'>): PollStep {
  const find = (lease: Lease) => response.renewed.find((each) => isSameLease(each, lease));
  const isLost = ({ lease }: Work) => sentPlan.renew.some((sent) => isSameLease(sent, lease)) && !find(lease);
  const [lost, remaining] = partition(state.work, isLost);
  const work = remaining.map((each) => {
    const lease = find(each.lease);
    return lease ? { lease, renewAtMs: nowMs + renewInMs(lease, response) } : each;
  });
  const abandoned = lost.map(({ lease }) => ({ kind: 'abandon', lease, why: 'lease_lost' }) as const);
  const extended = work
    .filter(({ lease }) => find(lease))
    .map(({ lease }) => ({ kind: 'extend', lease, leaseMs: leaseMs(lease, response) }) as const);
  return { state: { ...state, work }, effects: [...abandoned, ...extended] };
}

/** A stopping agent releases new jobs at once. A job in progress that comes under a newer lease is started again. */
function addJobs(state: PollState, { response, nowMs }: EventOf<'pulled'>): PollStep {
  const leases = response.jobs.map(({ lease }) => lease);
  if (state.stage !== 'running') {
    return { state: { ...state, releasing: [...state.releasing, ...leases] }, effects: [] };
  }
  const [replaced, remaining] = partition(state.work, ({ lease }) => leases.some(({ jobId }) => jobId === lease.jobId));
  const started = leases.map((lease) => ({ lease, renewAtMs: nowMs + renewInMs(lease, response) }));
  const abandoned = replaced.map(({ lease }) => ({ kind: 'abandon', lease, why: 'superseded' }) as const);
  const works = response.jobs.map((job) => ({ kind: 'work', ...job, leaseMs: leaseMs(job.lease, response) }) as const);
  return { state: { ...state, work: [...remaining, ...started] }, effects: [...abandoned, ...works] };
}

/** Returns half of the lease, but at least a few seconds: an expired lease must not make us overload the relay. */
function renewInMs(lease: Lease, response: PullResponse): number {
  return Math.max(leaseMs(lease, response) / 2, RENEW_SOONEST_MS);
}

/** Both times are the relay's, so the result does not depend on our own clock. */
function leaseMs(lease: Lease, response: PullResponse): number {
  const span = Date.parse(lease.leaseUntil) - Date.parse(response.serverTime);
  return Number.isFinite(span) ? Math.max(span, 0) : LIMITS.leaseSeconds * 1000;
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
