// The agent's poll loop as a pure state machine: it maps state and event to state and effects, without clock or I/O.
import { LIMITS } from '../../lib/api/limits.ts';
import { onPullError } from './on-pull-error.ts';
import { onPullResponse } from './on-pull-response.ts';
import { graceEnd, planNext } from './plan-pull.ts';
import type { EventOf, PollEvent, PollState, PollStep } from './poll-types.ts';

/** Returns the state before the start. */
export function initialPollState(slots: number): PollState {
  const nothing = {
    work: [],
    releasing: [],
    hasNewResults: false,
    askAtMs: 0,
    contactAtMs: 0,
    failures: 0,
    pulledAtMs: 0,
  };
  return { stage: 'running', slots, pulling: false, ...nothing, resultLimit: LIMITS.pullResults };
}

/** Returns the state and the effects after an event. Every event is valid in every state. */
export function advancePoll(state: PollState, event: PollEvent): PollStep {
  if (state.stage === 'stopped') return { state, effects: [] };
  const applied = applyEvent(state, event);
  if (applied.state.stage === 'stopped') return applied;
  const planned = planNext(applied.state, event.nowMs);
  return { state: planned.state, effects: [...applied.effects, ...planned.effects] };
}

function applyEvent(state: PollState, event: PollEvent): PollStep {
  switch (event.kind) {
    case 'started':
      return onStart(state, event);
    case 'due':
      return onDue(state, event.nowMs);
    case 'work_finished':
      return onWorkFinished(state, event);
    case 'pulled':
      return onPullResponse(state, event);
    case 'pull_failed':
      return onPullError(state, event);
    case 'stop_requested':
      return onStopRequest(state, event);
  }
}

/** Resumed leases are renewed at once, because only the relay knows whether they are still valid. */
function onStart(state: PollState, { resumed, spooled, nowMs }: EventOf<'started'>): PollStep {
  const work = resumed.map(({ lease }) => ({ lease, renewAtMs: nowMs }));
  return { state: { ...state, work, hasNewResults: spooled > 0 }, effects: [] };
}

function onWorkFinished(state: PollState, { jobId, fence }: EventOf<'work_finished'>): PollStep {
  const work = state.work.filter(({ lease }) => lease.jobId !== jobId || lease.fence !== fence);
  return { state: { ...state, work, hasNewResults: true }, effects: [] };
}

/** A later stop may shorten the grace period, even to nothing. */
function onStopRequest(state: PollState, { graceMs, nowMs }: EventOf<'stop_requested'>): PollStep {
  const graceEndsAtMs = Math.min(nowMs + graceMs, graceEnd(state));
  return onDue({ ...state, stage: 'stopping', graceEndsAtMs }, nowMs);
}

/** At the end of the grace period unfinished jobs are released, and an open pull is aborted. */
function onDue(state: PollState, nowMs: number): PollStep {
  if (state.graceEndsAtMs === undefined || nowMs < state.graceEndsAtMs) return { state, effects: [] };
  const leases = state.work.map(({ lease }) => lease);
  const abandoned = leases.map((lease) => ({ kind: 'abandon', lease, why: 'released' }) as const);
  const aborted = state.pulling ? [{ kind: 'abort_pull' } as const] : [];
  const releasing = [...state.releasing, ...leases];
  return { state: { ...state, work: [], releasing, contactAtMs: 0 }, effects: [...abandoned, ...aborted] };
}
