// What a call of the client fails with.
import type { ProblemDocument } from '../protocol/messages.ts';
import type { PendingReason } from '../protocol/pending-reasons.ts';

interface Failure {
  /** A problem code, `http_…` for an answer that is not the relay's, or `relay_unreachable`. */
  readonly code: string;
  readonly detail: string;
  /** The same intent, signed anew, may succeed later. The client has tried already. */
  readonly retryable: boolean;
  /** 0 when there was no answer. */
  readonly status: number;
  /** What the relay asked to wait, where it named a time. */
  readonly retryAfterMs?: number | undefined;
  /** The whole problem, where the relay sent one: `errors`, `suspicion`, `saw`, `requestId`. */
  readonly problem?: ProblemDocument | undefined;
}

/** The relay refused, or could not be reached in the time given. Never holds a secret or a signature. */
export class RelayError extends Error implements Failure {
  readonly code: string;
  readonly detail: string;
  readonly retryable: boolean;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly problem: ProblemDocument | undefined;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(`${failure.code}: ${failure.detail}${sayErrors(failure.problem?.errors)}`, options);
    this.name = 'RelayError';
    this.code = failure.code;
    this.detail = failure.detail;
    this.retryable = failure.retryable;
    this.status = failure.status;
    this.retryAfterMs = failure.retryAfterMs;
    this.problem = failure.problem;
  }
}

const ERRORS_SAID = 3;

/** The first of what is wrong with a body or a query. Untrusted, so it may have any form. */
function sayErrors(errors: unknown): string {
  const said = (Array.isArray(errors) ? errors : []).slice(0, ERRORS_SAID).flatMap(sayFault);
  return said.length === 0 ? '' : ` ${said.join('; ')}`;
}

/** None for what is not of the relay's form. The whole stands in `problem`. */
function sayFault(fault: unknown): string[] {
  const { path, message } = (fault ?? {}) as { path?: unknown; message?: unknown };
  return typeof path === 'string' && typeof message === 'string' ? [`${path} ${message}`.trim().slice(0, 200)] : [];
}

/** The job has not ended in the time that the caller gave. It goes on; wait again. `cause`: the last look failed. */
export class StillPending extends Error {
  readonly jobId: string;
  /** Why no agent had it at the last look, as far as the relay said so. */
  readonly pendingReason: PendingReason | undefined;

  constructor(
    jobId: string,
    timeoutMs: number,
    options: ErrorOptions & { pendingReason?: PendingReason | undefined } = {},
  ) {
    super(`Job ${jobId} has not ended within ${timeoutMs} ms. It goes on: wait again, or take its webhook.`, options);
    this.name = 'StillPending';
    this.jobId = jobId;
    this.pendingReason = options.pendingReason;
  }
}
