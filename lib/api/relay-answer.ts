// What an answer of the relay means for the caller: one total rule, read from the table of problems. Pure.
import type { ProblemDocument } from '../protocol/messages.ts';
import { PROBLEMS } from './problems.ts';

/** An answer as it came, or that none came. All text in it is untrusted. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter?: string | undefined;
  readonly text: string;
}

export type RelayFailure =
  /** The same intent, signed anew, may succeed; not before `afterMs` when the relay named a time. */
  | { readonly kind: 'retry'; readonly code: string; readonly detail: string; readonly afterMs?: number | undefined }
  /** Repeating will not help: at the slowest pace, if at all. */
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }
  /** This body will never be taken; another one may. */
  | { readonly kind: 'body_refused'; readonly code: string; readonly detail: string };

export type RelayOutcome<T> = { readonly kind: 'answered'; readonly value: T } | RelayFailure;

/** Refusals that are about what the body holds, not about who sends it. */
const BODY_CODES: ReadonlySet<string> = new Set(['body_too_large', 'validation_failed', 'request_malformed']);
const GATEWAY_RETRY_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);
const RETRY_AFTER_CAP_SECONDS = 3_600;

/** Total: every answer has a meaning. */
export function readRelayAnswer<T>(answer: RawAnswer): RelayOutcome<T> {
  const json = parseObject(answer.text);
  if (answer.status >= 200 && answer.status < 300 && json) return { kind: 'answered', value: json as T };
  const problem = readProblemDocument(answer);
  return problem ? readProblem(problem, answer) : readForeignAnswer(answer);
}

/** The relay's clock as any of its answers tells it; undefined when an answer has none. */
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

/** From a gateway or a proxy in between, or from something that is no relay at all. */
function readForeignAnswer(answer: RawAnswer): RelayFailure {
  const failure = { code: `http_${answer.status}`, detail: 'the answer is not from the relay itself' };
  if (answer.status === 413) return { kind: 'body_refused', ...failure };
  const retryable = answer.status >= 500 || GATEWAY_RETRY_STATUSES.has(answer.status);
  return retryable ? { kind: 'retry', ...failure, afterMs: readRetryAfter(answer) } : { kind: 'refused', ...failure };
}

/** The problem (RFC 9457) of a refusal that the relay itself wrote. Its texts are untrusted. */
export function readProblemDocument(answer: RawAnswer): ProblemDocument | undefined {
  const problem = parseObject(answer.text) as ProblemDocument | undefined;
  const isProblem = /^application\/problem\+json\b/i.test(answer.contentType) && typeof problem?.code === 'string';
  return isProblem ? problem : undefined;
}

/** Seconds only; a date there would be read by a clock that may be wrong. */
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
