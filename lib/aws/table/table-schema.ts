// The table's keys, indexes and reserved attributes, as data: the adapters and the template read the same rows.

export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds. Deletion is late, so every reader compares it in code as well. All other times are epoch milliseconds. */
  timeToLive: 'expiresAt',
  stream: 'NEW_AND_OLD_IMAGES',
  indexes: {
    /** Lists of an account, newest first. Both are strings: the account id, and `createdAt#jobId`. */
    byAccount: { partitionKey: { name: 'account', type: 'S' }, sortKey: { name: 'createdAtJobId', type: 'S' } },
    /** Whatever must happen later; sparse. Both are numbers: 0–15, and epoch milliseconds. */
    byDue: { partitionKey: { name: 'dueShard', type: 'N' }, sortKey: { name: 'dueAt', type: 'N' } },
  },
} as const;
