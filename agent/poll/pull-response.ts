// The relay's answer to a pull, checked as far as the agent depends on it.

import type { RelayOutcome } from '../../lib/api/relay-answer.ts';
import type { Lease, LeasedJob, PullResponse } from '../../lib/protocol/messages.ts';

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
