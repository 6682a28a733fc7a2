// Every number that bounds what a sender may do or how long we wait. Units are in the names.

export const LIMITS = {
  bodyBytes: 64 * 1024,
  bulkBodyBytes: 1024 * 1024,
  batchJobs: 100,
  listedJobs: 50,
  listExaminedRows: 200,
  /** As many as fill a page when all of them fit. */
  listRowsAtOnce: 50,
  trackingUrlBytes: 4_096,
  idempotencyKeyCharacters: 255,
  rowIdCharacters: 255,
  sourceCharacters: 64,
  contextAndMetadataBytes: 2 * 1024,
  jsonDepth: 10,
  batchJsonDepth: 100,
  validationErrors: 20,
  endpointsPerAccount: 20,
  poolsPerAccount: 20,
  retentionSeconds: 30 * 24 * 3600,

  pullWant: 10,
  pullWaitSeconds: 20,
  pullResults: 10,

  leaseSeconds: 120,
  visibilityMarginSeconds: 10,
  renewalCapSeconds: 30 * 60,
  attempts: 5,
  /** How often a job may change between reading and canceling: an agent leases or renews it, the sweep moves its alarm. */
  cancelTries: 4,
  jobsPerMinute: 600,
  quotaWarningPercent: 80,
  jobDeadlineSeconds: 24 * 3600,
  resultFreshnessSeconds: 24 * 3600,
  firstDueSeconds: 120,
  dueBackoffCapSeconds: 3600,
  dueAfterLeaseSeconds: 30,
  sweepLookAheadSeconds: 90,
  /** Of one run; the rest is the next minute's. A backlog of days then goes out, and ends, at this pace. */
  sweptItems: 2_000,
  sweepRunSeconds: 40,
  /** As many as one read fetches. */
  sweptTogether: 100,
  sweptAtOnce: 16,
  dueShards: 16,

  enrollmentTokenSeconds: 600,
  presenceWriteSeconds: 300,
  presenceOnlineSeconds: 420,

  diagnosedBodyBytes: 16 * 1024,
  diagnosesPerMinute: 10,
  diagnosedKeys: 100,
  shownContentBytes: 8 * 1024,

  rowCacheSeconds: 60,
  /** From a change of a row until no function acts on what it was: the cache, and the longest call that had begun. */
  cacheExpirySeconds: 90,
  ringCacheSeconds: 300,
  ringRetrySeconds: 30,
  keyUseWriteSeconds: 3600,
  rotationOverlapSeconds: 24 * 3600,
  rotationOverlapMaxSeconds: 7 * 24 * 3600,
  importedSecretMinBytes: 16,
  importedSecretMaxBytes: 256,

  deliveryTimeoutMs: 10_000,
  deliveryAnswerBytes: 4_096,
  sqsDelaySeconds: 900,
} as const;
