// One pull over the wire: newly signed, or the last one repeated byte for byte because its answer was lost.

import type { ProblemCode } from '../../lib/api/problems.ts';
import type { RelayOutcome } from '../../lib/api/relay-answer.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { REPEAT_HEADER } from '../../lib/protocol/http-message.ts';
import type {
  AgentStatement,
  Lease,
  LeasedJob,
  PullRequest,
  PullResponse,
  ResultReport,
} from '../../lib/protocol/messages.ts';
import {
  isTimestampRefused,
  post,
  type RelayCaller,
  type RelayPorts,
  type SignedRequest,
  signRequest,
} from '../relay/relay-client.ts';
import type { LoopPorts } from './poll-loop.ts';
import type { PullPlan } from './poll-types.ts';

const PULL_TIMEOUT_MS = 15_000;

/** Well within the time for which the relay accepts a signature, even when the clocks differ. */
const REPEAT_WITHIN_MS = 200_000;

/** What a puller needs: the ports of a call, and what the agent says of itself with each pull. */
export interface PullerPorts extends RelayPorts {
  readonly describeAgent: () => AgentStatement;
}

/**
 * Returns a function that sends one pull and never throws for what the relay or the network does. A relay of version 0.1
 * refuses what the agent says of itself, so the pull is then sent without it.
 */
export function createPuller(caller: RelayCaller, ports: PullerPorts): LoopPorts['pull'] {
  let last: SignedRequest | undefined;
  let isOldRelay = false;
  const sign = (message: PullRequest) => {
    last = signRequest(caller, { route: ROUTES.pullJobs, message, timeoutMs: PULL_TIMEOUT_MS }, ports);
    return last;
  };
  return async (plan, results, { signal, again }) => {
    const plain = toPullRequest(plan, results);
    const message = isOldRelay ? plain : { ...plain, agent: ports.describeAgent() };
    const send = async (request: SignedRequest, signed: PullRequest) => {
      const outcome = await post<PullResponse>(request, { timeoutMs: PULL_TIMEOUT_MS, signal }, ports);
      if (!isTimestampRefused(outcome)) return readPullOutcome(outcome);
      return readPullOutcome(await post<PullResponse>(sign(signed), { timeoutMs: PULL_TIMEOUT_MS, signal }, ports));
    };
    const repeated = again && last && isGood(last, ports) ? asRepeat(last) : undefined;
    const outcome = await send(repeated ?? sign(message), message);
    if (isOldRelay || outcome.kind === 'answered' || outcome.code !== REFUSED_MEMBER) return outcome;
    const second = await send(sign(plain), plain);
    isOldRelay = second.kind === 'answered';
    return isOldRelay ? second : outcome;
  };
}

/** How a relay answers a member of the body that it does not know. */
const REFUSED_MEMBER: ProblemCode = 'validation_failed';

function isGood({ signedAtMs }: SignedRequest, { clock }: RelayPorts): boolean {
  return Math.abs(clock.nowMs() - signedAtMs) < REPEAT_WITHIN_MS;
}

function asRepeat(request: SignedRequest): SignedRequest {
  return { ...request, headers: { ...request.headers, [REPEAT_HEADER]: '1' } };
}

/** Empty lists are left out. */
function toPullRequest({ want, pace, renew, release }: PullPlan, results: readonly ResultReport[]): PullRequest {
  return {
    want,
    pace: pace || undefined,
    results: results.length > 0 ? results : undefined,
    renew: renew.length > 0 ? renew : undefined,
    release: release.length > 0 ? release : undefined,
  };
}

/** Returns the outcome of a pull. An answer that is not a pull response counts as a refusal, with the slowest pace. */
export function readPullOutcome(outcome: RelayOutcome<PullResponse>): RelayOutcome<PullResponse> {
  if (outcome.kind !== 'answered' || isPullResponse(outcome.value)) return outcome;
  return { kind: 'refused', code: 'answer_malformed', detail: 'the answer is not a pull response' };
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
