// The meaning of the relay's answers for a caller. The table of problems decides it, and every answer has a meaning.
import type { ProblemDocument } from '../protocol/messages.ts';
import { PROBLEMS } from './problems.ts';

/** The parts of an HTTP answer that decide its meaning. All of it is untrusted. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter?: string | undefined;
  readonly text: string;
}

/** Why a request has no result, and what the caller should do. */
export type RelayFailure =
  /** The caller should sign the request again and retry it, after `afterMs` milliseconds when the relay set a delay. */
  | { readonly kind: 'retry'; readonly code: string; readonly detail: string; readonly afterMs?: number | undefined }
  /** A retry will not help. A caller that must retry does it at its slowest rate. */
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }
  /** The relay will never accept this body. It may accept another one. */
  | { readonly kind: 'body_refused'; readonly code: string; readonly detail: string };

/** The outcome of a request: the value of a 2xx answer, or the failure. */
export type RelayOutcome<T> = { readonly kind: 'answered'; readonly value: T } | RelayFailure;

/** Problems that are about the content of the body, not about its sender. */
const BODY_CODES: ReadonlySet<string> = new Set(['body_too_large', 'validation_failed', 'request_malformed']);
const GATEWAY_RETRY_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);
const RETRY_AFTER_CAP_SECONDS = 3_600;

/**
 * Returns the meaning of an untrusted answer. The JSON of a 2xx answer is the value; its shape is not checked.
 * Every answer has a meaning, also one from a gateway or from a server that is not a relay.
 */
export function readRelayAnswer<T>(answer: RawAnswer): RelayOutcome<T> {
  const json = parseObject(answer.text);
  if (answer.status >= 200 && answer.status < 300 && json) return { kind: 'answered', value: json as T };
  const problem = readProblemDocument(answer);
  return problem ? readProblem(problem, answer) : readForeignAnswer(answer);
}

/** Returns the `serverTime` of an untrusted answer in epoch milliseconds, or undefined when it has none. */
export function serverTimeMs(answer: RawAnswer): number | undefined {
  const { serverTime } = (parseObject(answer.text) ?? {}) as { serverTime?: unknown };
  const timeMs = typeof serverTime === 'string' ? Date.parse(serverTime) : Number.NaN;
  return Number.isFinite(timeMs) ? timeMs : undefined;
}

function readProblem({ code, detail, title, retryable }: ProblemDocument, answer: RawAnswer): RelayFailure {
  const known = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code as keyof typeof PROBLEMS] : undefined;
  const failure = { code, detail: [detail, title].find((text) => typeof text === 'string') ?? '' };
  if (known?.retryable ?? retryable === true) return { kind: 'retry', ...failure, afterMs: readRetryAfter(answer) };
  return { kind: BODY_CODES.has(code) ? 'body_refused' : 'refused', ...failure };
}

/** Returns the meaning of an answer from a gateway, from a proxy, or from a server that is not a relay. */
function readForeignAnswer(answer: RawAnswer): RelayFailure {
  const failure = { code: `http_${answer.status}`, detail: 'the answer is not from the relay itself' };
  if (answer.status === 413) return { kind: 'body_refused', ...failure };
  const retryable = answer.status >= 500 || GATEWAY_RETRY_STATUSES.has(answer.status);
  return retryable ? { kind: 'retry', ...failure, afterMs: readRetryAfter(answer) } : { kind: 'refused', ...failure };
}

/** Returns the problem document (RFC 9457) of an answer, or undefined when it has none. Its texts are untrusted. */
export function readProblemDocument(answer: RawAnswer): ProblemDocument | undefined {
  const problem = parseObject(answer.text) as ProblemDocument | undefined;
  const isProblem = /^application\/problem\+json\b/i.test(answer.contentType) && typeof problem?.code === 'string';
  return isProblem ? problem : undefined;
}

/** Returns the delay of Retry-After in milliseconds. It ignores a date, because the caller's clock may be wrong. */
function readRetryAfter({ retryAfter = '' }: RawAnswer): number | undefined {
  if (!/^\d{1,9}$/.test(retryAfter)) return undefined;
  return Math.min(Number(retryAfter), RETRY_AFTER_CAP_SECONDS) * 1000;
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
