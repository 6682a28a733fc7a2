// Handles one batch of a stream completely: invokes, retries, splits, and reports discarded records to a queue.
import { randomUUID } from 'node:crypto';
import { type AwsService, callAws } from '../base/aws-json.ts';
import { REGION } from '../base/identity.ts';
import { pause } from '../base/polling-loop.ts';
import { failedItems } from './batch-response.ts';
import type { StreamRecord } from './stream-reader.ts';

/** How to invoke the function, and what to do after a failure. */
export interface BatchOptions {
  readonly streamArn: string;
  readonly functionArn: string;
  /** Splits a batch in two when the function throws. */
  readonly bisects: boolean;
  readonly reportsFailures: boolean;
  /** Infinity retries until the record is too old. */
  readonly retryAttempts: number;
  readonly recordAgeMs: number;
  readonly failureQueue: { readonly service: AwsService; readonly url: string } | undefined;
  readonly invoke: (event: unknown) => Promise<unknown>;
}

/** Records of one shard, in order. */
export interface Batch {
  readonly shardId: string;
  readonly records: readonly StreamRecord[];
}

const FIRST_BACKOFF_MS = 200;
const BACKOFF_LIMIT_MS = 10_000;

/**
 * Resolves when every record was handled, or discarded and reported to the failure queue.
 * @throws when the signal fires first, or when the failure queue cannot be reached. The batch then counts as not
 *   handled.
 */
export async function handleBatch(batch: Batch, options: BatchOptions, signal: AbortSignal): Promise<void> {
  let { records } = batch;
  for (let attempts = 1; records.length > 0; attempts += 1) {
    const fresh = records.filter((record) => !isTooOld(record, options.recordAgeMs));
    if (fresh.length < records.length)
      await discard({ ...batch, records: without(records, fresh) }, 'RecordAgeExceeded', attempts - 1, options);
    records = fresh;
    if (records.length === 0) return;
    const outcome = await invokeOnce(records, options);
    if (outcome.remaining.length === 0) return;
    signal.throwIfAborted();
    if (outcome.threw && options.bisects && records.length > 1) {
      for (const half of halves(records)) await handleBatch({ ...batch, records: half }, options, signal);
      return;
    }
    // Handled records are progress, so the remaining ones get the full number of attempts.
    if (outcome.remaining.length < records.length) attempts = 0;
    records = outcome.remaining;
    if (attempts > options.retryAttempts)
      return discard({ ...batch, records }, 'RetryAttemptsExhausted', attempts, options);
    await pause(Math.min(FIRST_BACKOFF_MS * 2 ** attempts, BACKOFF_LIMIT_MS), signal);
    signal.throwIfAborted();
  }
}

interface Outcome {
  /** The records from the first failed one to the end, because a stream is handled in order. */
  readonly remaining: readonly StreamRecord[];
  readonly threw: boolean;
}

async function invokeOnce(records: readonly StreamRecord[], options: BatchOptions): Promise<Outcome> {
  try {
    const answer = await options.invoke({ Records: records.map((record) => toEventRecord(record, options.streamArn)) });
    if (!options.reportsFailures) return { remaining: [], threw: false };
    const failed = failedItems(answer, records.map(sequenceNumber));
    const first = records.findIndex((record) => failed.has(sequenceNumber(record)));
    return { remaining: first < 0 ? [] : records.slice(first), threw: false };
  } catch {
    return { remaining: records, threw: true };
  }
}

/** The emulator has its own region, but the function must see the account's region. */
function toEventRecord(record: StreamRecord, streamArn: string): unknown {
  const eventSourceARN = streamArn.replace(/^(arn:aws:dynamodb:)[^:]*/, `$1${REGION}`);
  return { ...record, awsRegion: REGION, eventSource: 'aws:dynamodb', eventSourceARN };
}

async function discard(batch: Batch, condition: string, attempts: number, options: BatchOptions): Promise<void> {
  if (!options.failureQueue) return;
  const body = JSON.stringify(failureReport(batch, condition, attempts, options));
  await callAws({
    ...options.failureQueue.service,
    target: 'AmazonSQS.SendMessage',
    body: { QueueUrl: options.failureQueue.url, MessageBody: body },
  });
}

/**
 * Returns a report in the format of Lambda's on-failure destinations: the records' positions in the stream, not their
 * content.
 */
function failureReport(
  { shardId, records }: Batch,
  condition: string,
  attempts: number,
  options: BatchOptions,
): unknown {
  const [first, last] = [records[0], records.at(-1)];
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn: `${options.functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: attempts,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first && sequenceNumber(first),
      endSequenceNumber: last && sequenceNumber(last),
      approximateArrivalOfFirstRecord: first && new Date(arrivalMs(first)).toISOString(),
      approximateArrivalOfLastRecord: last && new Date(arrivalMs(last)).toISOString(),
      batchSize: records.length,
      streamArn: options.streamArn,
    },
  };
}

function halves(records: readonly StreamRecord[]): readonly (readonly StreamRecord[])[] {
  const middle = Math.ceil(records.length / 2);
  return [records.slice(0, middle), records.slice(middle)];
}

function without(records: readonly StreamRecord[], others: readonly StreamRecord[]): readonly StreamRecord[] {
  return records.filter((record) => !others.includes(record));
}

function isTooOld(record: StreamRecord, ageMs: number): boolean {
  return Date.now() - arrivalMs(record) > ageMs;
}

function arrivalMs(record: StreamRecord): number {
  return (record.dynamodb.ApproximateCreationDateTime ?? Date.now() / 1000) * 1000;
}

function sequenceNumber(record: StreamRecord): string {
  return record.dynamodb.SequenceNumber;
}
