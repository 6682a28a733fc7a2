// The public limits of the API: sizes, counts and times. Each name ends with its unit.

/**
 * The limits on which partners, agents and consumers may rely. A count is named after what it counts.
 * `Characters` are Unicode code points.
 */
export const LIMITS = {
  bodyBytes: 64 * 1024,
  /** The body of a batch or of a pull, which carry many items. */
  bulkBodyBytes: 1024 * 1024,
  batchJobs: 100,
  jsonDepth: 10,
  batchJsonDepth: 100,
  /** The maximum number of validation errors in one answer. */
  validationErrors: 20,

  trackingUrlBytes: 4_096,
  idempotencyKeyCharacters: 255,
  rowIdCharacters: 255,
  sourceCharacters: 64,
  /** The size of `context` and `metadata` together, as JSON. */
  contextAndMetadataBytes: 2 * 1024,

  listedJobs: 50,
  listExaminedRows: 200,

  endpointsPerAccount: 20,
  poolsPerAccount: 20,
  /** How long jobs, deliveries and idempotency keys are stored. */
  retentionSeconds: 30 * 24 * 3600,

  /** Default of an account. */
  jobsPerMinute: 600,
  /** The signed requests that each partner key may send to one process. Default of an account. */
  requestsPerMinute: 600,
  /** The same for each agent key. */
  agentRequestsPerMinute: 1_200,
  /** Default of an account. */
  jobDeadlineSeconds: 24 * 3600,
  /** Default of an account. */
  resultFreshnessSeconds: 24 * 3600,
  /** The use of a month's quota that causes a `quota.warning`. */
  quotaWarningPercent: 80,

  /** How many jobs an agent works on at once. */
  agentJobs: 4,
  pullJobs: 10,
  pullResults: 10,
  /** The largest `waitSeconds` that is valid. Older agents send it, and the relay ignores it. */
  pullWaitSeconds: 20,
  /** Live leases of an agent, counted by each process of the relay. */
  leasesPerAgent: 50,
  leaseSeconds: 120,
  /** The time after the first lease in which a lease can be renewed. */
  renewalCapSeconds: 30 * 60,
  /** The maximum number of leases of a job. Released leases do not count. */
  attempts: 5,
  enrollmentTokenSeconds: 600,

  /** A refused request with a larger body gets no diagnosis. */
  diagnosedBodyBytes: 16 * 1024,
  diagnosesPerMinute: 10,
  /** How much of the signed content `POST /api/auth/check` shows. */
  shownContentBytes: 8 * 1024,

  rotationOverlapSeconds: 24 * 3600,
  rotationOverlapMaxSeconds: 7 * 24 * 3600,
  importedSecretMinBytes: 16,
  importedSecretMaxBytes: 256,
} as const;
