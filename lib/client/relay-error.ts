// The errors of the client's calls.
import type { ProblemDocument } from '../protocol/messages.ts';
import type { PendingReason } from '../protocol/pending-reasons.ts';

interface Failure {
  /** A problem code, `http_…` for an answer that is not from the relay, or `relay_unreachable`. */
  readonly code: string;
  readonly detail: string;
  /** True when the same call may succeed later. The client has already retried it. */
  readonly retryable: boolean;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The delay in milliseconds that the relay asked for. */
  readonly retryAfterMs?: number | undefined;
  /** The whole problem document, when the relay sent one: `errors`, `suspicion`, `saw`, `requestId`. */
  readonly problem?: ProblemDocument | undefined;
}

/** The relay refused the call, or could not be reached in time. The error never contains a secret or a signature. */
export class RelayError extends Error implements Failure {
  readonly code: string;
  readonly detail: string;
  readonly retryable: boolean;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly problem: ProblemDocument | undefined;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(`${failure.code}: ${failure.detail}${formatErrors(failure.problem?.errors)}`, options);
    this.name = 'RelayError';
    this.code = failure.code;
    this.detail = failure.detail;
    this.retryable = failure.retryable;
    this.status = failure.status;
    this.retryAfterMs = failure.retryAfterMs;
    this.problem = failure.problem;
  }
}

const LISTED_ERRORS = 3;

/** Returns the first validation errors as text. `errors` is untrusted and may have any shape. */
function formatErrors(errors: unknown): string {
  const texts = (Array.isArray(errors) ? errors : []).slice(0, LISTED_ERRORS).flatMap(formatError);
  return texts.length === 0 ? '' : ` ${texts.join('; ')}`;
}

/** Returns the text of one error, or nothing when it does not have the relay's shape. */
function formatError(error: unknown): string[] {
  const { path, message } = (error ?? {}) as { path?: unknown; message?: unknown };
  return typeof path === 'string' && typeof message === 'string' ? [`${path} ${message}`.trim().slice(0, 200)] : [];
}

/** The job was still open when the caller's time limit came. `cause` is set when the last poll failed. */
export class StillPending extends Error {
  readonly jobId: string;
  /** Why no agent had leased the job at the last poll. Absent when the relay did not say. */
  readonly pendingReason: PendingReason | undefined;

  constructor(
    jobId: string,
    timeoutMs: number,
    options: ErrorOptions & { pendingReason?: PendingReason | undefined } = {},
  ) {
    super(`Job ${jobId} has not ended within ${timeoutMs} ms. Wait again, or use its webhook.`, options);
    this.name = 'StillPending';
    this.jobId = jobId;
    this.pendingReason = options.pendingReason;
  }
}
