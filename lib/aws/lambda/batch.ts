// Batches with partial failure: the function receives only the failed records again.
import type { SQSBatchResponse } from 'aws-lambda';
import type { Progress } from '../../relay/delivery/publish-event.ts';

export interface BatchHandlers<R> {
  readonly handle: (record: R) => Promise<void>;
  readonly idOf: (record: R) => string;
  /** Called with each failure. */
  readonly onFailure: (error: unknown) => void;
}

/** Handles all records of a queue's batch concurrently, and returns exactly those that failed. */
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

export interface StreamHandlers<R, T> extends Pick<BatchHandlers<R>, 'idOf' | 'onFailure'> {
  /** Returns the values in a record, possibly none. When it throws, the batch stops before that record. */
  readonly read: (record: R) => readonly T[];
  readonly handle: (values: readonly T[]) => Promise<Progress>;
}

/**
 * Handles the records of a stream's batch together, up to the first failure. The answer names that record, and Lambda
 * sends it and all later ones again.
 */
export async function handleStreamBatch<R, T>(
  records: readonly R[],
  { read, handle, idOf, onFailure }: StreamHandlers<R, T>,
): Promise<SQSBatchResponse> {
  const { pieces, unread } = readInOrder(records, read);
  const { done, failure } = await handle(pieces.map(({ value }) => value)).catch(nothingDone);
  const piece = pieces[done];
  const stopped = piece ? { record: piece.record, failure } : unread;
  if (!stopped) return { batchItemFailures: [] };
  onFailure(stopped.failure);
  return { batchItemFailures: [{ itemIdentifier: idOf(stopped.record) }] };
}

const nothingDone = (failure: unknown): Progress => ({ done: 0, failure });

/** Returns the values up to the first record that cannot be read, each with its record. */
function readInOrder<R, T>(records: readonly R[], read: (record: R) => readonly T[]) {
  const pieces: { readonly record: R; readonly value: T }[] = [];
  for (const record of records) {
    try {
      pieces.push(...read(record).map((value) => ({ record, value })));
    } catch (failure) {
      return { pieces, unread: { record, failure } };
    }
  }
  return { pieces };
}
