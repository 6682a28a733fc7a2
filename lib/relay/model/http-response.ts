// Answers: JSON for success, problem+json (RFC 9457) for refusals.

import { PROBLEMS, type ProblemCode } from '../../api/problems.ts';
import type { Suspicion } from '../../protocol/diagnosis/suspicions.ts';
import type { ProblemDocument } from '../../protocol/messages.ts';
import type { SignatureClaim } from '../../protocol/profiles/signature-claim.ts';

export interface RelayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A refusal that the front door turns into an answer. `reason` is for the log; up to the signature it is the detail too. */
export interface Refusal {
  readonly problem: ProblemCode;
  readonly reason: string;
  /** What the sender should change, in a sentence. */
  readonly detail?: string | undefined;
  readonly errors?: ProblemDocument['errors'];
  /** What the request claimed, where its signature is at fault: its sender is told what we saw of it. */
  readonly claim?: SignatureClaim | undefined;
  readonly suspicion?: Suspicion | undefined;
  /** False when the bounds of the diagnosis were reached: then no suspicion says nothing. */
  readonly mistakesWereTried?: boolean | undefined;
  /** What else the sender may know. */
  readonly facts?: Pick<ProblemDocument, 'clockOffsetSeconds' | 'saw' | 'signedContent'> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): RelayResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** The problem type (RFC 9457) of a code; the README explains each. */
export function problemType(code: ProblemCode): string {
  return `urn:signet:problem:${code}`;
}

export interface ProblemContext {
  readonly requestId: string;
  readonly nowMs: number;
  /** Some callers look for the code under another name too. */
  readonly repeatsCodeAsError?: boolean;
}

export function problemResponse(refusal: Refusal, context: ProblemContext): RelayResponse {
  const document = problemDocument(refusal, context);
  return jsonResponse(document.status, document, { 'content-type': 'application/problem+json', ...refusal.headers });
}

export function problemDocument(refusal: Refusal, context: ProblemContext): ProblemDocument {
  const row = PROBLEMS[refusal.problem];
  return {
    type: problemType(refusal.problem),
    title: row.title,
    status: row.status,
    code: refusal.problem,
    error: context.repeatsCodeAsError ? refusal.problem : undefined,
    detail: refusal.detail,
    retryable: row.retryable,
    requestId: context.requestId,
    serverTime: new Date(context.nowMs).toISOString(),
    errors: refusal.errors,
    suspicion: refusal.suspicion,
    ...refusal.facts,
  };
}
