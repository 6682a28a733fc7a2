// One call of the relay: signed anew for every attempt, repeated as the table of problems says, until the time is up.

import { backOffMs } from '../api/back-off.ts';
import {
  type RawAnswer,
  type RelayFailure,
  readProblemDocument,
  readRelayAnswer,
  serverTimeMs,
} from '../api/relay-answer.ts';
import { PROFILES } from '../protocol/profiles/profiles.ts';
import { type RequestSigner, signRequest } from '../protocol/signatures/sign-request.ts';
import type { ClientPorts } from './client-ports.ts';
import { isPermanent, nameFault } from './connection-fault.ts';
import { readAnswer } from './read-answer.ts';
import { RelayError } from './relay-error.ts';

export interface CallSettings {
  readonly baseUrl: string;
  readonly signer: RequestSigner;
  readonly ports: ClientPorts;
  /** For one attempt. */
  readonly attemptTimeoutMs: number;
  /** For all attempts and the waits between them. */
  readonly callTimeoutMs: number;
  /** What this machine's clock is off by, learned from the relay. */
  readonly clockOffset: { ms: number };
}

export interface Call {
  readonly method: 'GET' | 'POST';
  /** Of unreserved characters and slashes. */
  readonly path: string;
  /** Without the question mark. */
  readonly query?: string | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** For this call, where that is less than the settings say. */
  readonly timeoutMs?: number | undefined;
}

/** The answer of the relay. @throws RelayError when it refuses, or the time is up; the signal's reason when that fires. */
export async function callRelay(settings: CallSettings, call: Call): Promise<RawAnswer> {
  const { ports, callTimeoutMs } = settings;
  const endsAt = ports.clock() + Math.min(callTimeoutMs, call.timeoutMs ?? callTimeoutMs);
  // Written once: the caller may change its object while we wait, and every attempt says the same.
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body), 'utf8');
  for (let failures = 1, clockMended = false; ; failures += 1) {
    const answer = await attempt(settings, { ...call, body }, endsAt);
    if (!(answer instanceof Error) && answer.status >= 200 && answer.status < 300) return answer;
    const failure = readFailure(answer);
    const offByMs = failure.code === 'timestamp_out_of_range' ? learnOffset(settings, answer) : undefined;
    const waitMs = offByMs === undefined ? chooseWait(settings, failure, failures) : 0;
    const isOver = waitMs === undefined || ports.clock() + waitMs >= endsAt;
    // A clock that was just set by the relay's own, and is wrong again, is not mended by a third look at it.
    if (isOver || (offByMs !== undefined && clockMended)) throw asError(failure, answer);
    clockMended ||= offByMs !== undefined;
    if (offByMs !== undefined) settings.clockOffset.ms = offByMs;
    if (waitMs > 0) await ports.pause(waitMs, call.signal);
  }
}

function readFailure(answer: RawAnswer | Error): RelayFailure {
  if (answer instanceof Error)
    return { kind: isPermanent(answer) ? 'refused' : 'retry', code: 'relay_unreachable', detail: answer.message };
  return readRelayAnswer(answer) as RelayFailure;
}

/** Undefined when repeating does not help. A time that the relay named is kept to the millisecond, all else is jittered. */
function chooseWait({ signer, ports }: CallSettings, failure: RelayFailure, failures: number): number | undefined {
  if (failure.kind !== 'retry') return undefined;
  return Math.max(failure.afterMs ?? backOffMs(failures, ports.random()), untilAnotherSignature(signer));
}

/** Schemes without a nonce give the same body the same signature until their clock ticks: the relay saw that one. */
function untilAnotherSignature({ profile }: RequestSigner): number {
  const { oneTimeValue, clock } = PROFILES[profile];
  if (oneTimeValue !== 'content') return 0;
  return clock.unit === 's' ? 1_000 : 1;
}

async function attempt(
  settings: CallSettings,
  { method, path, query = '', body, signal }: Call & { readonly body: Buffer<ArrayBuffer> | undefined },
  endsAt: number,
): Promise<RawAnswer | Error> {
  const { baseUrl, signer, ports, attemptTimeoutMs, clockOffset } = settings;
  // What is signed is read from the URL as it will be sent: it may encode what the caller did not.
  const url = new URL(path + (query && `?${query}`), baseUrl);
  const target = { authority: url.host, path: url.pathname, query: url.search.slice(1) };
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const request = { ...target, method, headers: type, body: body ?? Buffer.alloc(0) };
  const moment = { timestampMs: ports.clock() + clockOffset.ms, nonce: ports.nonce() };
  const headers = { accept: 'application/json', ...type, ...signRequest(signer, request, moment).headers };
  const timeoutMs = Math.max(1, Math.ceil(Math.min(attemptTimeoutMs, endsAt - ports.clock())));
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal ? AbortSignal.any([timeout, signal]) : timeout;
  try {
    const init = { method, headers, redirect: 'manual', signal: either, ...(body && { body }) } as const;
    return await readAnswer(await ports.fetch(url, init));
  } catch (error) {
    signal?.throwIfAborted();
    return timeout.aborted
      ? new Error(`no answer within ${timeoutMs} ms`, { cause: error })
      : nameFault(error, url.host);
  }
}

/** What to add to this machine's clock; undefined when the relay named no time, or none that a signature can carry. */
function learnOffset({ ports }: CallSettings, answer: RawAnswer | Error): number | undefined {
  const timeMs = answer instanceof Error ? undefined : serverTimeMs(answer);
  return timeMs !== undefined && /^[1-9]\d{12}$/.test(String(timeMs)) ? timeMs - ports.clock() : undefined;
}

function asError(failure: RelayFailure, answer: RawAnswer | Error): RelayError {
  const { kind, code, detail } = failure;
  const retryAfterMs = failure.kind === 'retry' ? failure.afterMs : undefined;
  const facts = { code, detail, retryable: kind === 'retry', retryAfterMs };
  if (answer instanceof Error) return new RelayError({ ...facts, status: 0 }, { cause: answer.cause });
  return new RelayError({ ...facts, status: answer.status, problem: readProblemDocument(answer) });
}
