// The table's keys, indexes and reserved attributes as data. The adapters and the template read it.

/** The schema of the one table. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /**
   * Epoch seconds. DynamoDB deletes late, so every reader compares it in code. All other times are epoch milliseconds.
   */
  timeToLive: 'expiresAt',
  stream: 'NEW_AND_OLD_IMAGES',
  indexes: {
    /** An account's jobs, newest first. Both keys are strings: the account id and `createdAt#jobId`. */
    byAccount: { partitionKey: { name: 'account', type: 'S' }, sortKey: { name: 'createdAtJobId', type: 'S' } },
    /** Rows with work that is due later; sparse. Both keys are numbers: 0–15 and epoch milliseconds. */
    byDue: { partitionKey: { name: 'dueShard', type: 'N' }, sortKey: { name: 'dueAt', type: 'N' } },
  },
} as const;
