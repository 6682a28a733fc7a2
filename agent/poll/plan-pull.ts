// What the poll loop does next, from its state and the time: pull, wait or end. Pure functions.

import { LIMITS } from '../../lib/api/limits.ts';
import type { Lease } from '../../lib/protocol/messages.ts';
import type { LostPull, PollEffect, PollState, PollStep, PullPlan } from './poll-types.ts';

/** Leases due within this time are renewed together. */
const RENEW_TOGETHER_MS = 15_000;

/** Returns the next step: a pull, a wait or the end. */
export function planNext(state: PollState, nowMs: number): PollStep {
  if (state.pulling) return { state, effects: graceWait(state, nowMs) };
  if (isFinished(state)) return { state: { ...state, stage: 'stopped' }, effects: [{ kind: 'exit' }] };
  const dueMs = nextContactMs(state);
  if (dueMs > nowMs) return { state, effects: [{ kind: 'wait', ms: Math.min(dueMs, graceEnd(state)) - nowMs }] };
  const lost = lostPull(state);
  return lost ? repeatPull(state, nowMs, lost.plan) : startPull(state, nowMs);
}

function startPull(state: PollState, nowMs: number): PollStep {
  return {
    state: { ...state, pulling: true, pulledAtMs: nowMs, hasNewResults: false },
    effects: [{ kind: 'pull', plan: planPull(state, nowMs), again: false }, ...graceWait(state, nowMs)],
  };
}

/** The relay may have leased jobs to this pull. Only the same bytes receive them without another attempt. */
function lostPull({ stage, lost }: PollState): LostPull | undefined {
  return stage === 'running' ? lost : undefined;
}

/** What is new since the lost pull waits for the pull after it. */
function repeatPull(state: PollState, nowMs: number, plan: PullPlan): PollStep {
  return { state: { ...state, pulling: true, pulledAtMs: nowMs }, effects: [{ kind: 'pull', plan, again: true }] };
}

function isFinished({ stage, work, hasNewResults, releasing }: PollState): boolean {
  return stage === 'stopping' && work.length === 0 && !hasNewResults && releasing.length === 0;
}

/** Results, releases and renewals may be sent at any time. Only asking for jobs is paced. */
function nextContactMs(state: PollState): number {
  const askMs = freeSlots(state) > 0 ? state.askAtMs : Number.POSITIVE_INFINITY;
  const reportMs = state.hasNewResults || state.releasing.length > 0 || lostPull(state) ? 0 : Number.POSITIVE_INFINITY;
  const contactMs = Math.min(askMs, reportMs, ...state.work.map(({ renewAtMs }) => renewAtMs));
  return Math.max(contactMs, state.contactAtMs);
}

function freeSlots({ stage, slots, work }: PollState): number {
  return stage === 'running' ? Math.max(slots - work.length, 0) : 0;
}

/** Returns when the grace period ends, or infinity while there is none. */
export function graceEnd({ graceEndsAtMs = Number.POSITIVE_INFINITY }: PollState): number {
  return graceEndsAtMs;
}

function graceWait(state: PollState, nowMs: number): readonly PollEffect[] {
  return graceEnd(state) > nowMs && state.graceEndsAtMs !== undefined
    ? [{ kind: 'wait', ms: graceEnd(state) - nowMs }]
    : [];
}

function planPull(state: PollState, nowMs: number): PullPlan {
  const want = nowMs >= state.askAtMs ? Math.min(freeSlots(state), LIMITS.pullJobs) : 0;
  return {
    want,
    pace: state.pace,
    renew: dueRenewals(state, nowMs),
    release: state.releasing.slice(0, LIMITS.pullJobs),
    resultLimit: state.resultLimit,
  };
}

/** When one lease is due, leases that are due soon are renewed with it. */
function dueRenewals({ work }: PollState, nowMs: number): readonly Lease[] {
  const due = work.filter(({ renewAtMs }) => renewAtMs <= nowMs + RENEW_TOGETHER_MS);
  return due.slice(0, LIMITS.pullJobs).map(({ lease }) => lease);
}
