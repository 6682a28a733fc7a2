// The relay's internal numbers: intervals, amounts of work at a time, and how long values stay cached.

/** The internal numbers. Callers must not rely on them. Each name ends with its unit, or names what it counts. */
export const TUNING = {
  /** The rows that one read of a list asks for. Enough for a page in which every row matches the filter. */
  listRowsPerRead: 50,
  /** How long a message stays hidden after its lease has expired. */
  visibilityMarginSeconds: 10,
  /** Another start may replace the current instance of an agent between our read and our write. */
  instanceTries: 4,
  /** The replaced instances of an agent that are refused. An older one would count as new. */
  rememberedInstances: 5,
  /** How long a pull goes on behind stale pointers, and how many pointers it then receives at the same time. */
  staleSearchMs: 2_000,
  staleSearchPointers: 40,
  /** A lease, a renewal or the sweep may change a job between our read and our write. Each such change costs one try. */
  cancelTries: 4,

  /** How long after its admission a job is due for the first time. */
  firstDueSeconds: 120,
  dueBackoffCapSeconds: 3600,
  dueAfterLeaseSeconds: 30,
  /** How long a pointer is trusted to be in its queue. After this time the sweep sends the job again, whatever it knows. */
  pointerTrustSeconds: 6 * 3600,
  /** SQS counts a message within this time after its send. Source: the API reference of GetQueueAttributes. */
  depthSettlesSeconds: 60,
  dueShards: 16,
  /** How far ahead the sweep looks for deliveries. The queue delays such a delivery until it is due. */
  sweepLookAheadSeconds: 90,
  /** The jobs that one run handles. The run of the next minute continues, so a long backlog drains at this rate. */
  sweepJobs: 2_000,
  /** The deliveries that one run handles, whatever the number of due jobs. */
  sweepDeliveries: 2_000,
  /** The due jobs, and the due deliveries, among which a run chooses. Each account gets its share of what is chosen. */
  sweepCandidates: 20_000,
  /** The due rows of both kinds that a run looks at to find them. */
  sweepScannedRows: 100_000,
  sweepRunSeconds: 40,
  sweepItemsPerRead: 100,
  sweepReadsAtOnce: 5,
  /** The items of one wave: they are read together, and each pool's are sent in order. */
  sweepItemsAtOnce: 500,
  sweepConcurrency: 16,

  /** An agent's last-seen time is written at most once in this time. */
  presenceWriteSeconds: 600,
  /** What an agent says of itself is written when it changes, but at most once in this time by each process. */
  presenceChangeSeconds: 60,
  /** An agent counts as online for this long after it was last seen: one write interval and two of the slowest polls. */
  presenceOnlineSeconds: 720,

  /** The number of key ids for which a process counts diagnoses in one minute. */
  diagnosedKeys: 100,

  /** How long a cache may answer with the OpenAPI document without asking again. */
  openApiCacheSeconds: 300,

  rowCacheSeconds: 60,
  /** After this time no function acts on the old form of a changed row: the cache time plus the longest invocation. */
  cacheExpirySeconds: 90,
  ringCacheSeconds: 300,
  /** How long a failed or useless read of a key ring is not repeated. */
  ringRetrySeconds: 30,
  /** The last use of a key version is written at most once in this time. */
  keyUseWriteSeconds: 3600,

  deliveryTimeoutMs: 10_000,
  /** The part of a receiver's answer that is read. */
  deliveryAnswerBytes: 4_096,
  /** The longest delay that SQS allows for a message. */
  sqsDelaySeconds: 900,
} as const;
