// One call of the relay: signs every attempt again, and retries as the table of problems says, until the time limit.

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

/** What all calls of a client share. */
export interface CallSettings {
  readonly baseUrl: string;
  readonly signer: RequestSigner;
  readonly ports: ClientPorts;
  /** The time limit of one attempt. */
  readonly attemptTimeoutMs: number;
  /** The time limit of all attempts and the waits between them. */
  readonly callTimeoutMs: number;
  /** What to add to this machine's clock, learned from the relay. */
  readonly clockOffset: { ms: number };
}

/** One call. */
export interface Call {
  readonly method: 'GET' | 'POST';
  /** Only unreserved characters and slashes. */
  readonly path: string;
  /** Without the question mark. */
  readonly query?: string | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** The time limit of this call, if it is shorter than `callTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Returns the relay's 2xx answer.
 * @throws RelayError when the relay refuses or the time limit comes, and the signal's reason when the signal fires.
 */
export async function callRelay(settings: CallSettings, call: Call): Promise<RawAnswer> {
  const { ports, callTimeoutMs } = settings;
  const endsAt = ports.clock() + Math.min(callTimeoutMs, call.timeoutMs ?? callTimeoutMs);
  // Serialized once, so that every attempt sends the same bytes even if the caller changes its object between them.
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body), 'utf8');
  for (let failures = 1, clockCorrected = false; ; failures += 1) {
    const answer = await attempt(settings, { ...call, body }, endsAt);
    if (!(answer instanceof Error) && answer.status >= 200 && answer.status < 300) return answer;
    const failure = readFailure(answer);
    const offByMs = failure.code === 'timestamp_out_of_range' ? learnOffset(settings, answer) : undefined;
    const waitMs = offByMs === undefined ? chooseWait(settings, failure, failures) : 0;
    const isOver = waitMs === undefined || ports.clock() + waitMs >= endsAt;
    // The offset is corrected once in a call. If the time is still wrong after that, another correction would not help.
    if (isOver || (offByMs !== undefined && clockCorrected)) throw asError(failure, answer);
    clockCorrected ||= offByMs !== undefined;
    if (offByMs !== undefined) settings.clockOffset.ms = offByMs;
    if (waitMs > 0) await ports.pause(waitMs, call.signal);
  }
}

function readFailure(answer: RawAnswer | Error): RelayFailure {
  if (answer instanceof Error)
    return { kind: isPermanent(answer) ? 'refused' : 'retry', code: 'relay_unreachable', detail: answer.message };
  return readRelayAnswer(answer) as RelayFailure;
}

/**
 * Returns the milliseconds to wait before the next attempt, or undefined when a retry does not help.
 * A delay that the relay named gets no jitter.
 */
function chooseWait({ signer, ports }: CallSettings, failure: RelayFailure, failures: number): number | undefined {
  if (failure.kind !== 'retry') return undefined;
  return Math.max(failure.afterMs ?? backOffMs(failures, ports.random()), untilAnotherSignature(signer));
}

/**
 * Returns the milliseconds after which the same body gets a new one-time value. Without a nonce that takes a tick of the
 * profile's clock; before it, the relay would refuse the attempt as a replay.
 */
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
  // Path and query are read back from the URL, which may have encoded them: the signature covers what is sent.
  const url = new URL(path + (query && `?${query}`), baseUrl);
  const target = { authority: url.host, path: url.pathname, query: url.search.slice(1) };
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const request = { ...target, method, headers: type, body: body ?? Buffer.alloc(0) };
  const moment = { timestampMs: ports.clock() + clockOffset.ms, nonce: ports.nonce() };
  const headers = { accept: 'application/json', ...type, ...signRequest(signer, request, moment).headers };
  const timeoutMs = Math.max(1, Math.ceil(Math.min(attemptTimeoutMs, endsAt - ports.clock())));
  const timeout = AbortSignal.timeout(timeoutMs);
  const combined = signal ? AbortSignal.any([timeout, signal]) : timeout;
  try {
    const init = { method, headers, redirect: 'manual', signal: combined, ...(body && { body }) } as const;
    return await readAnswer(await ports.fetch(url, init));
  } catch (error) {
    signal?.throwIfAborted();
    return timeout.aborted
      ? new Error(`no answer within ${timeoutMs} ms`, { cause: error })
      : nameFault(error, url.host);
  }
}

/** Returns what to add to this machine's clock, or undefined when the answer has no time that a signature can carry. */
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
