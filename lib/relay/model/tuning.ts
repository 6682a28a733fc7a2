// The numbers that only the relay itself knows: how often it looks, how much it does at once, how long it keeps a row.

/** No caller may rely on these. Each name ends with its unit; counts name what they count. */
export const TUNING = {
  /** One page of a list, when every row of it matches. */
  listRowsPerRead: 50,
  /** A message stays hidden for this long after its lease has run out. */
  visibilityMarginSeconds: 10,
  /** A lease, a renewal or the sweep may change a job between the read and the cancel; each costs one try. */
  cancelTries: 4,

  firstDueSeconds: 120,
  dueBackoffCapSeconds: 3600,
  dueAfterLeaseSeconds: 30,
  dueShards: 16,
  /** The sweep looks this far ahead for deliveries, which the queue can delay to their time. */
  sweepLookAheadSeconds: 90,
  /** Items of one run; the next minute's run does the rest, so a long backlog drains at this pace. */
  sweepItems: 2_000,
  sweepRunSeconds: 40,
  sweepItemsPerRead: 100,
  sweepConcurrency: 16,

  presenceWriteSeconds: 300,
  presenceOnlineSeconds: 420,

  /** Key ids whose diagnoses a process counts at a time. */
  diagnosedKeys: 100,

  rowCacheSeconds: 60,
  /** From a change of a row until no function acts on the old row: the cache, and the longest call that had begun. */
  cacheExpirySeconds: 90,
  ringCacheSeconds: 300,
  ringRetrySeconds: 30,
  keyUseWriteSeconds: 3600,

  deliveryTimeoutMs: 10_000,
  deliveryAnswerBytes: 4_096,
  /** The longest delay that SQS takes for a message. */
  sqsDelaySeconds: 900,
} as const;
