// The closed table of problems. A code is API and never changes its meaning. Tests compare code and documents with it.

interface ProblemRow {
  readonly status: number;
  readonly title: string;
  /** True when the same request may succeed later. The caller must sign it again. */
  readonly retryable: boolean;
}

/** The problems by code. */
export const PROBLEMS = {
  request_malformed: { status: 400, title: 'The request is malformed', retryable: false },
  body_too_large: { status: 413, title: 'The body is larger than this route allows', retryable: false },
  media_type_unsupported: { status: 415, title: 'The body must be uncompressed application/json', retryable: false },
  signature_missing: { status: 401, title: 'The request is not signed', retryable: false },
  signature_invalid: { status: 401, title: 'The signature does not fit the request', retryable: false },
  timestamp_out_of_range: { status: 401, title: 'The timestamp is too far from the server time', retryable: true },
  nonce_replayed: { status: 409, title: 'This signed request was received before; sign it again', retryable: true },
  not_permitted: { status: 403, title: 'This key does not permit this request', retryable: false },
  account_suspended: { status: 403, title: 'The account is suspended', retryable: false },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request', retryable: false },
  validation_failed: { status: 422, title: 'The body does not fit the schema', retryable: false },
  url_refused: { status: 422, title: 'The relay does not follow this tracking URL', retryable: false },
  quota_exceeded: { status: 429, title: 'The quota is used up', retryable: true },
  not_found: { status: 404, title: 'The resource does not exist', retryable: false },
  method_not_allowed: { status: 405, title: 'This path does not allow this method', retryable: false },
  lease_lost: { status: 409, title: 'The lease is no longer yours', retryable: false },
  job_finished: { status: 409, title: 'The job has ended', retryable: false },
  enrollment_refused: { status: 401, title: 'The enrolment is refused', retryable: false },
  agent_identity_in_use: { status: 409, title: 'Another agent uses this identity', retryable: false },
  endpoint_limit: { status: 409, title: 'The account already has the maximum number of endpoints', retryable: false },
  rotation_in_overlap: { status: 409, title: 'The overlap of the last rotation has not ended', retryable: false },
  dependency_unavailable: { status: 503, title: 'A service behind the relay did not answer', retryable: true },
  internal_error: { status: 500, title: 'The relay failed', retryable: true },
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof PROBLEMS;
