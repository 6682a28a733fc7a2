// Batches with partial failure: what failed comes back to the function, and what went through does not.
import type { SQSBatchResponse } from 'aws-lambda';
import type { Progress } from '../../relay/delivery/publish-event.ts';

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

export interface StreamHandlers<R, T> extends Pick<BatchHandlers<R>, 'idOf' | 'onFailure'> {
  /** What a record says: nothing, one value or several. One that throws stops the batch before it. */
  readonly read: (record: R) => readonly T[];
  readonly handle: (values: readonly T[]) => Promise<Progress>;
}

/** A stream's batch: together, but only as far as the first failure, because that one and all behind it come back. */
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

/** The values, each with the record that it comes from, up to a record that cannot be read. */
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
