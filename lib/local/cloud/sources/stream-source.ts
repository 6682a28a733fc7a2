// A table's stream that calls a function, and remembers on disk how far it came.
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

export interface StreamSourceOptions extends BatchOptions {
  readonly endpoint: string;
  /** Begins after what the stream holds at the very first start, instead of at its oldest record. */
  readonly startsAtLatest: boolean;
  readonly checkpointFile: string;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly filter: EventFilter;
  /** Rings when the table may have been written. */
  readonly written: ChangeSignal;
}

interface Checkpoint {
  readonly streamArn: string;
  readonly shards: Record<string, Position>;
}

/** How often to look without being told to. */
const POLL_MS = 250;
/** Lets a burst of writes become one batch. */
const SETTLE_MS = 15;
const SHARD_LIST_EVERY_MS = 10_000;

/**
 * The checkpoint is written after each batch, so a kill repeats the last batch at most and loses none. It belongs to one
 * stream: a table made anew has another stream, which is read from its beginning.
 */
export function startStreamSource(options: StreamSourceOptions): Stoppable {
  const checkpoint = openCheckpoint(options);
  const readers = new Map<string, ShardReader>();
  let listedAt = Number.NEGATIVE_INFINITY;
  const loop = startLoop(async (signal) => {
    if (performance.now() - listedAt > SHARD_LIST_EVERY_MS) {
      await openNewShards(options, checkpoint, readers);
      listedAt = performance.now();
    }
    const seen = options.written.count;
    let count = 0;
    for (const reader of readers.values()) count += await advance(reader, { options, checkpoint, signal });
    if (count === 0) await options.written.wait(seen, POLL_MS, signal);
    await pause(SETTLE_MS, signal);
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

/** A shard that appears later is the child of one we read, so it is read from its beginning. */
async function openNewShards(
  { endpoint, streamArn, startsAtLatest, checkpointFile }: StreamSourceOptions,
  checkpoint: Checkpoint,
  readers: Map<string, ShardReader>,
): Promise<void> {
  const skipsPast = startsAtLatest && Object.keys(checkpoint.shards).length === 0;
  for (const shardId of await listShards(endpoint, streamArn)) {
    if (readers.has(shardId)) continue;
    checkpoint.shards[shardId] ??= skipsPast ? await findLatest(endpoint, streamArn, shardId) : null;
    const reader = openShard(endpoint, streamArn, shardId);
    reader.seek(checkpoint.shards[shardId] ?? null);
    readers.set(shardId, reader);
    save(checkpoint, checkpointFile);
  }
}

interface Surroundings {
  readonly options: StreamSourceOptions;
  readonly checkpoint: Checkpoint;
  readonly signal: AbortSignal;
}

/** Reads and handles one batch; gives the number of its records. After a failure it starts again from the checkpoint. */
async function advance(reader: ShardReader, { options, checkpoint, signal }: Surroundings): Promise<number> {
  try {
    const records = await collectBatch(reader, options, signal);
    const last = records.at(-1);
    if (!last) return 0;
    const wanted = records.filter(options.filter);
    await handleBatch({ shardId: reader.shardId, records: wanted }, options, signal);
    checkpoint.shards[reader.shardId] = last.dynamodb.SequenceNumber;
    // Where nothing was handed over, an old checkpoint costs nothing but reading again.
    if (wanted.length > 0) save(checkpoint, options.checkpointFile);
    return records.length;
  } catch (error) {
    reader.seek(checkpoint.shards[reader.shardId] ?? null);
    throw error;
  }
}

/** Without a batching window, whatever one read brings; with one, up to a full batch in that time. */
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
