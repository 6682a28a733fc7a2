// Batches with partial failure: what failed comes back to the function, and what went through does not.
import type { SQSBatchResponse } from 'aws-lambda';

export interface BatchHandlers<R> {
  readonly handle: (record: R) => Promise<void>;
  readonly idOf: (record: R) => string;
  /** Hears of each failure. */
  readonly onFailure: (error: unknown) => void;
}

/** A queue's batch: all at once, and exactly those that failed come back. */
export async function handleQueueBatch<R>(
  records: readonly R[],
  { handle, idOf, onFailure }: BatchHandlers<R>,
): Promise<SQSBatchResponse> {
  const outcomes = await Promise.allSettled(records.map(async (record) => handle(record)));
  const failed = records.filter((_, index) => {
    const outcome = outcomes[index];
    if (outcome?.status === 'rejected') onFailure(outcome.reason);
    return outcome?.status === 'rejected';
  });
  return { batchItemFailures: failed.map((record) => ({ itemIdentifier: idOf(record) })) };
}

/** A stream's batch: one after the other up to the first failure, because that one and all behind it come back. */
export async function handleStreamBatch<R>(
  records: readonly R[],
  { handle, idOf, onFailure }: BatchHandlers<R>,
): Promise<SQSBatchResponse> {
  for (const record of records) {
    try {
      await handle(record);
    } catch (error) {
      onFailure(error);
      return { batchItemFailures: [{ itemIdentifier: idOf(record) }] };
    }
  }
  return { batchItemFailures: [] };
}
