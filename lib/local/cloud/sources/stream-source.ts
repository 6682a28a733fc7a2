// A table's stream that calls a function. A checkpoint on disk records its progress.
import type { AwsService } from '../base/aws-json.ts';
import type { ChangeSignal } from '../base/change-signal.ts';
import { pause, startLoop } from '../base/polling-loop.ts';
import { readPrivateJson, writePrivateJson } from '../base/private-file.ts';
import type { Stoppable } from '../base/stoppable.ts';
import type { EventFilter } from './event-filter.ts';
import { type BatchOptions, handleBatch } from './stream-batch.ts';
import {
  findLatest,
  listShards,
  openShard,
  type Position,
  type ShardReader,
  type StreamRecord,
} from './stream-reader.ts';

/** The stream and its function. */
export interface StreamSourceOptions extends BatchOptions {
  readonly service: AwsService;
  /** At the very first start, skips what the stream already contains. */
  readonly startsAtLatest: boolean;
  readonly checkpointFile: string;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly filter: EventFilter;
  /** Notified when the table may have been written. */
  readonly written: ChangeSignal;
}

interface Checkpoint {
  readonly streamArn: string;
  readonly shards: Record<string, Position>;
}

/** How often to read without a notification, in milliseconds. */
const POLL_MS = 250;
/** Lets a burst of writes become one batch, in milliseconds. */
const BURST_PAUSE_MS = 15;
const SHARD_LIST_EVERY_MS = 10_000;
/** How many records may be read again after a kill when the filter let none of them through. */
const UNSAVED_LIMIT = 1_000;

/**
 * Starts reading the stream. It writes the checkpoint after each batch that it handled, so a kill repeats at most the
 * last batch and loses none. A checkpoint belongs to one stream: a new table has a new stream, which is read from its beginning.
 */
export function startStreamSource(options: StreamSourceOptions): Stoppable {
  const checkpoint = openCheckpoint(options);
  const progress = { options, checkpoint, unsaved: 0 };
  const readers = new Map<string, ShardReader>();
  let listedAt = Number.NEGATIVE_INFINITY;
  const loop = startLoop(async (signal) => {
    if (performance.now() - listedAt > SHARD_LIST_EVERY_MS) {
      await openNewShards(options, checkpoint, readers);
      listedAt = performance.now();
    }
    const seen = options.written.count;
    let count = 0;
    for (const reader of readers.values()) count += await advance(reader, progress, signal);
    if (count === 0) await options.written.wait(seen, POLL_MS, signal);
    await pause(BURST_PAUSE_MS, signal);
  });
  return {
    stop: async () => {
      await loop.stop();
      save(checkpoint, options.checkpointFile);
    },
  };
}

function save(checkpoint: Checkpoint, file: string): void {
  writePrivateJson(file, checkpoint, { flush: false });
}

function openCheckpoint({ checkpointFile, streamArn }: StreamSourceOptions): Checkpoint {
  const saved = readPrivateJson<Checkpoint>(checkpointFile);
  return { streamArn, shards: saved?.streamArn === streamArn ? { ...saved.shards } : {} };
}

/**
 * Opens the shards that are not open. A shard that appears later is the child of one that was read, so it is read from
 * its beginning.
 */
async function openNewShards(
  { service, streamArn, startsAtLatest, checkpointFile }: StreamSourceOptions,
  checkpoint: Checkpoint,
  readers: Map<string, ShardReader>,
): Promise<void> {
  const startsAfterPast = startsAtLatest && Object.keys(checkpoint.shards).length === 0;
  for (const shardId of await listShards(service, streamArn)) {
    if (readers.has(shardId)) continue;
    checkpoint.shards[shardId] ??= startsAfterPast ? await findLatest(service, streamArn, shardId) : null;
    const reader = openShard(service, streamArn, shardId);
    reader.seek(checkpoint.shards[shardId] ?? null);
    readers.set(shardId, reader);
    save(checkpoint, checkpointFile);
  }
}

interface Progress {
  readonly options: StreamSourceOptions;
  readonly checkpoint: Checkpoint;
  /** How many records were read since the checkpoint was written. */
  unsaved: number;
}

/**
 * Reads and handles one batch, and returns its number of records. After a failure the reader returns to the checkpoint.
 */
async function advance(reader: ShardReader, progress: Progress, signal: AbortSignal): Promise<number> {
  const { options, checkpoint } = progress;
  try {
    const records = await collectBatch(reader, options, signal);
    const last = records.at(-1);
    if (!last) return 0;
    const passed = records.filter(options.filter);
    await handleBatch({ shardId: reader.shardId, records: passed }, options, signal);
    checkpoint.shards[reader.shardId] = last.dynamodb.SequenceNumber;
    progress.unsaved += records.length;
    // When no record passed the filter, an old checkpoint costs only a repeated read.
    if (passed.length > 0 || progress.unsaved >= UNSAVED_LIMIT) {
      save(checkpoint, options.checkpointFile);
      progress.unsaved = 0;
    }
    return records.length;
  } catch (error) {
    reader.seek(checkpoint.shards[reader.shardId] ?? null);
    throw error;
  }
}

/** Returns the records of one read. With a batching window it collects up to a full batch in that time. */
async function collectBatch(
  reader: ShardReader,
  { batchSize, batchingWindowMs, written }: StreamSourceOptions,
  signal: AbortSignal,
): Promise<readonly StreamRecord[]> {
  const records = [...((await reader.read(batchSize)) ?? [])];
  const deadline = performance.now() + batchingWindowMs;
  while (records.length > 0 && records.length < batchSize && performance.now() < deadline && !signal.aborted) {
    await written.wait(written.count, Math.min(POLL_MS, deadline - performance.now()), signal);
    records.push(...((await reader.read(batchSize - records.length)) ?? []));
  }
  return records;
}
