// The closed table of refusals. Docs and code are compared with it both ways; a code is API and never changes meaning.

interface ProblemRow {
  readonly status: number;
  readonly title: string;
  /** True: the same intent, signed anew, may succeed later. */
  readonly retryable: boolean;
}

export const PROBLEMS = {
  request_malformed: { status: 400, title: 'The request is not well formed', retryable: false },
  body_too_large: { status: 413, title: 'The body is larger than this route takes', retryable: false },
  media_type_unsupported: { status: 415, title: 'The body must be uncompressed application/json', retryable: false },
  signature_missing: { status: 401, title: 'The request is not signed', retryable: false },
  signature_invalid: { status: 401, title: 'The signature does not fit the request', retryable: false },
  timestamp_out_of_range: { status: 401, title: 'The timestamp is too far from the server time', retryable: true },
  nonce_replayed: { status: 409, title: 'This signed request was seen before; sign it anew', retryable: true },
  not_permitted: { status: 403, title: 'This key may not do that', retryable: false },
  account_suspended: { status: 403, title: 'The account is suspended', retryable: false },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request', retryable: false },
  validation_failed: { status: 422, title: 'The body does not fit the schema', retryable: false },
  url_refused: { status: 422, title: 'The tracking URL is not one we follow', retryable: false },
  quota_exceeded: { status: 429, title: 'The quota is used up', retryable: true },
  not_found: { status: 404, title: 'There is nothing here', retryable: false },
  method_not_allowed: { status: 405, title: 'This path does not take that method', retryable: false },
  lease_lost: { status: 409, title: 'The lease is no longer yours', retryable: false },
  job_finished: { status: 409, title: 'The job has ended', retryable: false },
  enrollment_refused: { status: 401, title: 'The enrolment is refused', retryable: false },
  agent_identity_in_use: { status: 409, title: 'Another agent uses this identity', retryable: false },
  endpoint_limit: { status: 409, title: 'The account has as many endpoints as it may', retryable: false },
  rotation_in_overlap: { status: 409, title: 'A rotation is still in its overlap', retryable: false },
  dependency_unavailable: { status: 503, title: 'A service behind the relay did not answer', retryable: true },
  internal_error: { status: 500, title: 'The relay failed', retryable: true },
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof PROBLEMS;
