// What the poll loop does next, from its state and the time alone: pull, wait, or end. Pure.

import { LIMITS } from '../../lib/api/limits.ts';
import type { Lease } from '../../lib/protocol/messages.ts';
import type { LostPull, PollEffect, PollState, PollStep, PullPlan } from './poll-types.ts';

/** Leases due within this time are renewed together. */
const RENEW_TOGETHER_MS = 15_000;

/** Less than the relay would hold a poll, so that an agent told to stop can wait for the answer: it may bring jobs. */
const LONG_POLL_SECONDS = 8;

/** Decides what comes next: a pull, a wait, or the end. */
export function planNext(state: PollState, nowMs: number): PollStep {
  if (state.pulling) return { state, effects: graceWait(state, nowMs) };
  if (isFinished(state)) return { state: { ...state, stage: 'stopped' }, effects: [{ kind: 'exit' }] };
  const dueMs = nextContactMs(state);
  if (dueMs > nowMs) return { state, effects: [{ kind: 'wait', ms: Math.min(dueMs, graceEnd(state)) - nowMs }] };
  const lost = lostPull(state);
  return lost ? pullAgain(state, nowMs, lost.plan) : pullAnew(state, nowMs);
}

function pullAnew(state: PollState, nowMs: number): PollStep {
  return {
    state: { ...state, pulling: true, pulledAtMs: nowMs, hasNews: false },
    effects: [{ kind: 'pull', plan: planPull(state, nowMs), again: false }, ...graceWait(state, nowMs)],
  };
}

/** It may have been given jobs: only these very bytes get them, without another attempt of theirs. */
function lostPull({ stage, lost }: PollState): LostPull | undefined {
  return stage === 'running' ? lost : undefined;
}

/** What is new since then waits for the pull after it. */
function pullAgain(state: PollState, nowMs: number, plan: PullPlan): PollStep {
  return { state: { ...state, pulling: true, pulledAtMs: nowMs }, effects: [{ kind: 'pull', plan, again: true }] };
}

function isFinished({ stage, work, hasNews, releasing }: PollState): boolean {
  return stage === 'stopping' && work.length === 0 && !hasNews && releasing.length === 0;
}

/** News, releases and renewals may go at any time; only asking for work is paced. */
function nextContactMs(state: PollState): number {
  const askMs = freeSlots(state) > 0 ? state.askAtMs : Number.POSITIVE_INFINITY;
  const newsMs = state.hasNews || state.releasing.length > 0 || lostPull(state) ? 0 : Number.POSITIVE_INFINITY;
  const wantedMs = Math.min(askMs, newsMs, ...state.work.map(({ renewAtMs }) => renewAtMs));
  return Math.max(wantedMs, state.contactAtMs);
}

function freeSlots({ stage, slots, work }: PollState): number {
  return stage === 'running' ? Math.max(slots - work.length, 0) : 0;
}

export function graceEnd({ graceEndsAtMs = Number.POSITIVE_INFINITY }: PollState): number {
  return graceEndsAtMs;
}

function graceWait(state: PollState, nowMs: number): readonly PollEffect[] {
  return graceEnd(state) > nowMs && state.graceEndsAtMs !== undefined
    ? [{ kind: 'wait', ms: graceEnd(state) - nowMs }]
    : [];
}

/** A long poll only by an agent with nothing in hand: whatever it finishes meanwhile would have to wait. */
function planPull(state: PollState, nowMs: number): PullPlan {
  const want = nowMs >= state.askAtMs ? Math.min(freeSlots(state), LIMITS.pullJobs) : 0;
  const isIdle = want > 0 && state.work.length === 0 && !state.hasNews && state.releasing.length === 0;
  return {
    want,
    waitSeconds: isIdle ? LONG_POLL_SECONDS : 0,
    pace: state.pace,
    renew: dueRenewals(state, nowMs),
    release: state.releasing.slice(0, LIMITS.pullJobs),
    resultLimit: state.resultLimit,
  };
}

/** Once one lease is due, those due soon go along. */
function dueRenewals({ work }: PollState, nowMs: number): readonly Lease[] {
  const due = work.filter(({ renewAtMs }) => renewAtMs <= nowMs + RENEW_TOGETHER_MS);
  return due.slice(0, LIMITS.pullJobs).map(({ lease }) => lease);
}
