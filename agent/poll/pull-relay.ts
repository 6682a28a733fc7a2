// One pull over the wire: signed anew, or the last one once more, byte for byte, because its answer was lost.

import { ROUTES } from '../../lib/api/routes.ts';
import type { PullRequest, PullResponse, ResultReport } from '../../lib/protocol/messages.ts';
import { REPEAT_HEADER } from '../../lib/protocol/repeat-header.ts';
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
import { readPullOutcome } from './pull-response.ts';

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
