// The fuse on signed requests: how many one key may send to one process in a minute.
import { LIMITS } from '../../api/limits.ts';
import type { Refusal } from '../model/http-response.ts';
import type { Clock } from '../model/ports.ts';
import { secondsUntilNextMinute } from '../model/quota-window.ts';
import type { Account, KeyRecord } from '../model/records.ts';

/** Counts a request that a key has signed. Returns the refusal of a request above the limit, and undefined for all others. */
export type LimitRequests = (key: KeyRecord, account: Account) => Refusal | undefined;

/**
 * Returns a function that counts signed requests by key and minute. Call it only after the signature was verified:
 * otherwise a stranger could use up the requests of a key. Its memory is bounded by the number of keys that exist.
 */
export function createRequestLimit(clock: Clock): LimitRequests {
  const used = new Map<string, number>();
  let minute = 0;
  return (key, account) => {
    const nowMs = clock();
    const current = Math.floor(nowMs / 60_000);
    if (current !== minute) used.clear();
    minute = current;
    const limit = requestsPerMinuteOf(key, account);
    const count = (used.get(key.keyId) ?? 0) + 1;
    used.set(key.keyId, count);
    return count > limit ? refuseAbove(limit, nowMs) : undefined;
  };
}

/** Returns the limit of each key of the account: the operator's number, or the default of partners or agents. */
function requestsPerMinuteOf({ kind }: KeyRecord, { requestsPerMinute }: Account): number {
  return requestsPerMinute ?? (kind === 'agent' ? LIMITS.agentRequestsPerMinute : LIMITS.requestsPerMinute);
}

function refuseAbove(limit: number, nowMs: number): Refusal {
  const wait = secondsUntilNextMinute(nowMs);
  return {
    problem: 'quota_exceeded',
    reason: 'the key has sent too many requests in this minute',
    detail: `This key may send ${limit} signed requests a minute. Wait ${wait} seconds, sign the request again, and send it.`,
    headers: {
      'retry-after': String(wait),
      'ratelimit-policy': `"requests";q=${limit};w=60`,
      ratelimit: `"requests";r=0;t=${wait}`,
    },
  };
}
