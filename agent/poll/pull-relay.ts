// One pull over the wire: signed anew, or the last one once more, byte for byte, because its answer was lost.

import type { RelayOutcome } from '../../lib/api/relay-answer.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { REPEAT_HEADER } from '../../lib/protocol/http-message.ts';
import type { Lease, LeasedJob, PullRequest, PullResponse, ResultReport } from '../../lib/protocol/messages.ts';
import {
  isOutOfTime,
  post,
  type RelayCaller,
  type RelayPorts,
  type SignedRequest,
  signRequest,
} from '../relay/relay-client.ts';
import type { LoopPorts } from './poll-loop.ts';
import type { PullPlan } from './poll-types.ts';

/** On top of the time that the relay may hold a long poll. */
const PULL_TIMEOUT_MS = 15_000;

/** Well within the time for which the relay takes a signature, whatever our clocks differ. */
const REPEAT_WITHIN_MS = 200_000;

export function createPuller(caller: RelayCaller, ports: RelayPorts): LoopPorts['pull'] {
  let last: SignedRequest | undefined;
  return async (plan, results, { signal, again }) => {
    const timeoutMs = plan.waitSeconds * 1000 + PULL_TIMEOUT_MS;
    const sign = () => {
      last = signRequest(caller, { route: ROUTES.pullJobs, message: toPullRequest(plan, results), timeoutMs }, ports);
      return last;
    };
    const request = again && last && isGood(last, ports) ? asRepeat(last) : sign();
    const outcome = await post<PullResponse>(request, { timeoutMs, signal }, ports);
    if (!isOutOfTime(outcome)) return readPullOutcome(outcome);
    return readPullOutcome(await post<PullResponse>(sign(), { timeoutMs, signal }, ports));
  };
}

function isGood({ signedAtMs }: SignedRequest, { clock }: RelayPorts): boolean {
  return Math.abs(clock.nowMs() - signedAtMs) < REPEAT_WITHIN_MS;
}

function asRepeat(request: SignedRequest): SignedRequest {
  return { ...request, headers: { ...request.headers, [REPEAT_HEADER]: '1' } };
}

/** What there is nothing of is left out. */
function toPullRequest(
  { want, waitSeconds, pace, renew, release }: PullPlan,
  results: readonly ResultReport[],
): PullRequest {
  return {
    want,
    waitSeconds,
    pace: pace || undefined,
    results: results.length > 0 ? results : undefined,
    renew: renew.length > 0 ? renew : undefined,
    release: release.length > 0 ? release : undefined,
  };
}

/** An answer that is no pull response is treated like a refusal: at the slowest pace. */
export function readPullOutcome(outcome: RelayOutcome<PullResponse>): RelayOutcome<PullResponse> {
  if (outcome.kind !== 'answered' || isPullResponse(outcome.value)) return outcome;
  return { kind: 'refused', code: 'answer_malformed', detail: 'the answer is not one to a pull' };
}

function isPullResponse(value: Partial<PullResponse>): boolean {
  return (
    isListOf(value.accepted, (each) => typeof each === 'string') &&
    isListOf(value.rejected, (each) => typeof each?.jobId === 'string' && typeof each.code === 'string') &&
    isListOf(value.renewed, isLease) &&
    isListOf(value.jobs, isLeasedJob) &&
    typeof value.nextPollSeconds === 'number' &&
    typeof value.pace === 'string' &&
    typeof value.serverTime === 'string'
  );
}

function isLeasedJob(each: Partial<LeasedJob> | null): boolean {
  return isLease(each?.lease) && typeof each?.job?.trackingUrl === 'string';
}

function isLease(each: Partial<Lease> | null | undefined): boolean {
  const texts = [each?.jobId, each?.createdAt, each?.leaseUntil, each?.receipt];
  return texts.every((text) => typeof text === 'string') && typeof each?.fence === 'number';
}

function isListOf<T>(value: readonly T[] | undefined, test: (each: T) => boolean): boolean {
  return Array.isArray(value) && value.every(test);
}
