// The responses of the HTTP API: JSON for success, problem+json (RFC 9457) for refusals.

import { PROBLEMS, type ProblemCode } from '../../api/problems.ts';
import type { Suspicion } from '../../protocol/diagnosis/suspicions.ts';
import type { ProblemDocument } from '../../protocol/messages.ts';
import type { SignatureClaim } from '../../protocol/profiles/signature-claim.ts';

/** A response, before the gateway's format is applied. */
export interface RelayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A refusal or a failure, which the request pipeline turns into a problem document. */
export interface Refusal {
  readonly problem: ProblemCode;
  /** For the log. For problems found before the signature is verified, the sender reads it too, as the detail. */
  readonly reason: string;
  /** A sentence for the sender: what is wrong and what to change. */
  readonly detail?: string | undefined;
  readonly errors?: ProblemDocument['errors'];
  /** The claim of a request whose signature or time is refused. The sender is shown what we saw of it. */
  readonly claim?: SignatureClaim | undefined;
  readonly suspicion?: Suspicion | undefined;
  /** False when the diagnosis did not run because its limits were reached. A missing suspicion then means nothing. */
  readonly mistakesWereTried?: boolean | undefined;
  /** Further facts that the sender may see. */
  readonly facts?: Pick<ProblemDocument, 'clockOffsetSeconds' | 'saw' | 'signedContent'> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Returns a response with a JSON body. */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): RelayResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** Returns the problem type (RFC 9457, section 3.1.1) of a code. The README explains each code. */
export function problemType(code: ProblemCode): string {
  return `urn:signet:problem:${code}`;
}

/** The facts about a request that its problem document needs. */
export interface ProblemContext {
  readonly requestId: string;
  readonly nowMs: number;
  /** Returns the code in the words of the caller's scheme. It appears as `error`, where VouchersX callers look for it. */
  readonly errorOf?: ((code: ProblemCode) => string) | undefined;
}

/** Returns the response for a refusal, with the refusal's own headers. */
export function problemResponse(refusal: Refusal, context: ProblemContext): RelayResponse {
  const document = problemDocument(refusal, context);
  return jsonResponse(document.status, document, { 'content-type': 'application/problem+json', ...refusal.headers });
}

/** Returns the problem document of a refusal, as a value. */
export function problemDocument(refusal: Refusal, context: ProblemContext): ProblemDocument {
  const row = PROBLEMS[refusal.problem];
  return {
    type: problemType(refusal.problem),
    title: row.title,
    status: row.status,
    code: refusal.problem,
    error: context.errorOf?.(refusal.problem),
    detail: refusal.detail,
    retryable: row.retryable,
    requestId: context.requestId,
    serverTime: new Date(context.nowMs).toISOString(),
    errors: refusal.errors,
    suspicion: refusal.suspicion,
    ...refusal.facts,
  };
}
