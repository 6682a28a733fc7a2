// What a failed pull changes: the back-off, and the size of the next report. Pure.
import { BACK_OFF_CAP_MS, backOffMs } from '../../lib/api/back-off.ts';
import { PROBLEMS, type ProblemCode } from '../../lib/api/problems.ts';
import type { RelayFailure } from '../../lib/api/relay-answer.ts';
import { NO_ANSWER } from '../relay/relay-client.ts';
import type { EventOf, LostPull, PollState, PollStep } from './poll-types.ts';
import { withoutLeases } from './poll-types.ts';

/** So often is a pull sent whose answers are lost. The jobs that it was given run out in two minutes anyway. */
const SENDS_OF_ONE_PULL = 5;
const SLOWEST_PACE_MS = BACK_OFF_CAP_MS;

export function onPullError(state: PollState, event: EventOf<'pull_failed'>): PollStep {
  if (state.stage === 'stopping') return { state: giveUpPull(state, event), effects: [] };
  const hasNews = state.hasNews || event.sentResults > 0;
  const next = { ...state, pulling: false, hasNews, lost: lostPull(state, event) };
  if (event.failure.kind === 'body_refused' && event.sentResults > 0) return takeRefusedBody(next, event);
  const failures = state.failures + 1;
  return { state: { ...next, failures, contactAtMs: event.nowMs + retryMs(event, failures) }, effects: [] };
}

/** One that wanted jobs and may have been given some: nobody read the answer. */
function lostPull({ lost }: PollState, { plan, failure }: EventOf<'pull_failed'>): LostPull | undefined {
  const times = (lost?.times ?? 0) + 1;
  return plan.want > 0 && wasAnswerLost(failure) && times < SENDS_OF_ONE_PULL ? { plan, times } : undefined;
}

/** A connection, a gateway or the relay failed on the way. Where the relay refuses, it has handed out nothing. */
function wasAnswerLost({ code }: RelayFailure): boolean {
  const isOurs = Object.hasOwn(PROBLEMS, code) && PROBLEMS[code as ProblemCode].status >= 500;
  return isOurs || code === NO_ANSWER || /^http_5\d\d$/.test(code);
}

/** While stopping nothing is sent twice: results are safe in the spool, and a lease that is not released runs out. */
function giveUpPull(state: PollState, event: EventOf<'pull_failed'>): PollState {
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

/** Some result makes the whole body unacceptable: send fewer, until the one is alone and can be set aside. */
function takeRefusedBody(state: PollState, { sentResults }: EventOf<'pull_failed'>): PollStep {
  if (sentResults === 1) return { state, effects: [{ kind: 'set_aside' }] };
  return { state: { ...state, resultLimit: Math.floor(sentResults / 2) }, effects: [] };
}

/** No jitter where the relay named a time. */
function retryMs({ failure, random }: EventOf<'pull_failed'>, failures: number): number {
  if (failure.kind !== 'retry') return SLOWEST_PACE_MS;
  return failure.afterMs ?? backOffMs(failures, random);
}
