// What a failed pull changes: the back-off, and the size of the next report. Pure functions.
import { BACK_OFF_CAP_MS, backOffMs } from '../../lib/api/back-off.ts';
import { PROBLEMS, type ProblemCode } from '../../lib/api/problems.ts';
import type { RelayFailure } from '../../lib/api/relay-answer.ts';
import { NO_ANSWER } from '../relay/relay-client.ts';
import type { EventOf, LostPull, PollState, PollStep } from './poll-types.ts';
import { withoutLeases } from './poll-types.ts';

/**
 * How often one pull is sent when its answers are lost. The leases that it may have received expire after two minutes.
 */
const SENDS_OF_ONE_PULL = 5;
const SLOWEST_PACE_MS = BACK_OFF_CAP_MS;

/** Returns the state after a failed pull. */
export function onPullError(state: PollState, event: EventOf<'pull_failed'>): PollStep {
  if (event.failure.code === REPLACED) return yieldIdentity(state);
  if (state.stage === 'stopping') return { state: dropPull(state, event), effects: [] };
  const hasNewResults = state.hasNewResults || event.sentResults > 0;
  const next = { ...state, pulling: false, hasNewResults, lost: lostPull(state, event) };
  if (event.failure.kind === 'body_refused' && event.sentResults > 0) return onRefusedBody(next, event);
  const failures = state.failures + 1;
  return { state: { ...next, failures, contactAtMs: event.nowMs + retryMs(event, failures) }, effects: [] };
}

/** The relay's answer to an agent that a later start has replaced. A retry changes nothing. */
const REPLACED: ProblemCode = 'agent_identity_in_use';

/** Results stay in the spool. The leases of unfinished jobs expire, because the relay accepts nothing more from us. */
function yieldIdentity(state: PollState): PollStep {
  const abandoned = state.work.map(({ lease }) => ({ kind: 'abandon', lease, why: 'replaced' }) as const);
  return {
    state: { ...state, stage: 'stopped', pulling: false, work: [], releasing: [] },
    effects: [...abandoned, { kind: 'yield_identity' }],
  };
}

/** Returns the pull to repeat. A pull that asked for jobs may have received some in the lost answer. */
function lostPull({ lost }: PollState, { plan, failure }: EventOf<'pull_failed'>): LostPull | undefined {
  const times = (lost?.times ?? 0) + 1;
  return plan.want > 0 && wasAnswerLost(failure) && times < SENDS_OF_ONE_PULL ? { plan, times } : undefined;
}

/** Whether a connection, a gateway or the relay failed on the way. A refusal leases no job. */
function wasAnswerLost({ code }: RelayFailure): boolean {
  const isOurs = Object.hasOwn(PROBLEMS, code) && PROBLEMS[code as ProblemCode].status >= 500;
  return isOurs || code === NO_ANSWER || /^http_5\d\d$/.test(code);
}

/** A stopping agent sends nothing twice. Results are safe in the spool, and a lease that is not released expires. */
function dropPull(state: PollState, event: EventOf<'pull_failed'>): PollState {
  const failures = state.failures + 1;
  const contactAtMs = state.work.length > 0 ? event.nowMs + retryMs(event, failures) : 0;
  return {
    ...state,
    pulling: false,
    failures,
    contactAtMs,
    releasing: withoutLeases(state.releasing, event.plan.release),
  };
}

/** One of the results makes the whole body unacceptable. Send fewer, until it is the only one and can be discarded. */
function onRefusedBody(state: PollState, { sentResults }: EventOf<'pull_failed'>): PollStep {
  if (sentResults === 1) return { state, effects: [{ kind: 'discard_result' }] };
  return { state: { ...state, resultLimit: Math.floor(sentResults / 2) }, effects: [] };
}

/** Uses no jitter when the relay named a time. */
function retryMs({ failure, random }: EventOf<'pull_failed'>, failures: number): number {
  if (failure.kind !== 'retry') return SLOWEST_PACE_MS;
  return failure.afterMs ?? backOffMs(failures, random);
}
