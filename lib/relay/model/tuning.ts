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
  dueShards: 16,
  /** How far ahead the sweep looks for deliveries. The queue delays such a delivery until it is due. */
  sweepLookAheadSeconds: 90,
  /** The items that one run handles. The run of the next minute continues, so a long backlog drains at this rate. */
  sweepItems: 2_000,
  sweepRunSeconds: 40,
  sweepItemsPerRead: 100,
  sweepConcurrency: 16,

  /** An agent's last-seen time is written at most once in this time. */
  presenceWriteSeconds: 600,
  /** What an agent says of itself is written when it changes, but at most once in this time by each process. */
  presenceChangeSeconds: 60,
  /** An agent counts as online for this long after it was last seen: one write interval and two of the slowest polls. */
  presenceOnlineSeconds: 720,

  /** The number of key ids for which a process counts diagnoses in one minute. */
  diagnosedKeys: 100,

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
