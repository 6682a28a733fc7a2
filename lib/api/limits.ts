// The numbers that callers of the API meet: sizes, counts and spans of time. Each name ends with its unit.

/** What a partner, an agent or a consumer may rely on. Counts name what they count; a text's length is in code points. */
export const LIMITS = {
  bodyBytes: 64 * 1024,
  /** Of a batch and of a pull, which carry many items. */
  bulkBodyBytes: 1024 * 1024,
  batchJobs: 100,
  jsonDepth: 10,
  batchJsonDepth: 100,
  /** Validation errors that one answer lists. */
  validationErrors: 20,

  trackingUrlBytes: 4_096,
  idempotencyKeyCharacters: 255,
  rowIdCharacters: 255,
  sourceCharacters: 64,
  /** Of `context` and `metadata` together, as JSON. */
  contextAndMetadataBytes: 2 * 1024,

  listedJobs: 50,
  listExaminedRows: 200,

  endpointsPerAccount: 20,
  poolsPerAccount: 20,
  /** How long jobs, deliveries and idempotency keys are kept. */
  retentionSeconds: 30 * 24 * 3600,

  /** Defaults of an account. */
  jobsPerMinute: 600,
  jobDeadlineSeconds: 24 * 3600,
  resultFreshnessSeconds: 24 * 3600,
  quotaWarningPercent: 80,

  pullJobs: 10,
  pullResults: 10,
  /** Of `waitSeconds`, which older agents send and the relay ignores. */
  pullWaitSeconds: 20,
  /** Live leases of an agent, counted by each process of the relay. */
  leasesPerAgent: 50,
  leaseSeconds: 120,
  /** From the first lease; after that no renewal is granted. */
  renewalCapSeconds: 30 * 60,
  /** Leases that were not released. */
  attempts: 5,
  enrollmentTokenSeconds: 600,

  /** A larger body of a refused request is not searched for well-known mistakes. */
  diagnosedBodyBytes: 16 * 1024,
  diagnosesPerMinute: 10,
  /** Of the signed content that `POST /api/auth/check` shows. */
  shownContentBytes: 8 * 1024,

  rotationOverlapSeconds: 24 * 3600,
  rotationOverlapMaxSeconds: 7 * 24 * 3600,
  importedSecretMinBytes: 16,
  importedSecretMaxBytes: 256,
} as const;
