// The agent's poll loop as a pure state machine: (state, event) → state and effects. No clock, no I/O, no randomness of its own.
import { LIMITS } from '../../lib/api/limits.ts';
import { onPullError } from './on-pull-error.ts';
import { onPullResponse } from './on-pull-response.ts';
import { graceEnd, planNext } from './plan-pull.ts';
import type { EventOf, PollEvent, PollState, PollStep } from './poll-types.ts';

export function initialPollState(slots: number): PollState {
  const nothing = { work: [], releasing: [], hasNews: false, askAtMs: 0, contactAtMs: 0, failures: 0, pulledAtMs: 0 };
  return { stage: 'running', slots, pulling: false, ...nothing, resultLimit: LIMITS.pullResults };
}

/** Total: every event has a meaning in every state. */
export function advancePoll(state: PollState, event: PollEvent): PollStep {
  if (state.stage === 'stopped') return { state, effects: [] };
  const taken = take(state, event);
  const planned = planNext(taken.state, event.nowMs);
  return { state: planned.state, effects: [...taken.effects, ...planned.effects] };
}

function take(state: PollState, event: PollEvent): PollStep {
  switch (event.kind) {
    case 'started':
      return takeStart(state, event);
    case 'due':
      return takeTime(state, event.nowMs);
    case 'work_finished':
      return takeFinishedWork(state, event);
    case 'pulled':
      return onPullResponse(state, event);
    case 'pull_failed':
      return onPullError(state, event);
    case 'stop_requested':
      return takeStop(state, event);
  }
}

/** Resumed leases are renewed at once: the relay alone knows whether they still stand. */
function takeStart(state: PollState, { resumed, spooled, nowMs }: EventOf<'started'>): PollStep {
  const work = resumed.map(({ lease }) => ({ lease, renewAtMs: nowMs }));
  return { state: { ...state, work, hasNews: spooled > 0 }, effects: [] };
}

function takeFinishedWork(state: PollState, { jobId, fence }: EventOf<'work_finished'>): PollStep {
  const work = state.work.filter(({ lease }) => lease.jobId !== jobId || lease.fence !== fence);
  return { state: { ...state, work, hasNews: true }, effects: [] };
}

/** A later stop may shorten the grace, to nothing if it must. */
function takeStop(state: PollState, { graceMs, nowMs }: EventOf<'stop_requested'>): PollStep {
  const graceEndsAtMs = Math.min(nowMs + graceMs, graceEnd(state));
  return takeTime({ ...state, stage: 'stopping', graceEndsAtMs }, nowMs);
}

/** At the end of the grace what is not finished is given back, and a pull still open is cut. */
function takeTime(state: PollState, nowMs: number): PollStep {
  if (state.graceEndsAtMs === undefined || nowMs < state.graceEndsAtMs) return { state, effects: [] };
  const leases = state.work.map(({ lease }) => lease);
  const abandoned = leases.map((lease) => ({ kind: 'abandon', lease, why: 'released' }) as const);
  const cut = state.pulling ? [{ kind: 'cut_pull' } as const] : [];
  const releasing = [...state.releasing, ...leases];
  return { state: { ...state, work: [], releasing, contactAtMs: 0 }, effects: [...abandoned, ...cut] };
}
