// Reads a table's stream shard by shard, from a checkpoint. It calls no function.
import { AwsError, type AwsService, callAws } from '../base/aws-json.ts';

/** A record of GetRecords: DynamoDB's JSON with binary values as base64 text, which Lambda's events contain too. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly dynamodb: {
    readonly SequenceNumber: string;
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime?: number;
  } & Readonly<Record<string, unknown>>;
}

/** The last sequence number that was handled, or null before the first. */
export type Position = string | null;

/** Reads one shard. */
export interface ShardReader {
  readonly shardId: string;
  /**
   * Returns at most `limit` records and moves past them. Returns undefined when the shard is closed and read to its
   * end.
   */
  read(limit: number): Promise<readonly StreamRecord[] | undefined>;
  /** Moves to a position, for example after an expired iterator. */
  seek(position: Position): void;
}

/** Returns the ids of all shards of a stream. */
export async function listShards(service: AwsService, streamArn: string): Promise<readonly string[]> {
  const answer = await call<{ StreamDescription: { Shards?: { ShardId: string }[] } }>(service, 'DescribeStream', {
    StreamArn: streamArn,
  });
  return (answer.StreamDescription.Shards ?? []).map(({ ShardId }) => ShardId);
}

/** Returns a reader at the beginning of a shard. */
export function openShard(service: AwsService, streamArn: string, shardId: string): ShardReader {
  let position: Position = null;
  let iterator: string | undefined;
  let isAtEnd = false;
  return {
    shardId,
    seek: (to) => {
      position = to;
      iterator = undefined;
      isAtEnd = false;
    },
    read: async (limit) => {
      if (isAtEnd) return undefined;
      iterator ??= await findIterator({ service, streamArn, shardId, position });
      const page = await call<Page>(service, 'GetRecords', { ShardIterator: iterator, Limit: Math.min(limit, 1000) });
      iterator = page.NextShardIterator;
      isAtEnd = iterator === undefined;
      return page.Records ?? [];
    },
  };
}

/** Returns the position after everything that the shard contains now. */
export async function findLatest(service: AwsService, streamArn: string, shardId: string): Promise<Position> {
  const shard = openShard(service, streamArn, shardId);
  let latest: Position = null;
  for (;;) {
    const records = await shard.read(1000);
    if (!records || records.length === 0) return latest;
    latest = records.at(-1)?.dynamodb.SequenceNumber ?? latest;
  }
}

interface Page {
  readonly Records?: readonly StreamRecord[];
  readonly NextShardIterator?: string;
}

interface Place {
  readonly service: AwsService;
  readonly streamArn: string;
  readonly shardId: string;
  readonly position: Position;
}

/** Returns an iterator after the position. When the position has been trimmed away, it starts at the oldest record. */
async function findIterator({ service, streamArn, shardId, position }: Place): Promise<string> {
  const shard = { StreamArn: streamArn, ShardId: shardId };
  const oldest = { ...shard, ShardIteratorType: 'TRIM_HORIZON' };
  const after = { ...shard, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: position };
  const ask = (body: unknown) => call<{ ShardIterator: string }>(service, 'GetShardIterator', body);
  const answer = await ask(position === null ? oldest : after).catch((error: unknown) => {
    if (error instanceof AwsError && error.name === 'TrimmedDataAccessException') return ask(oldest);
    throw error;
  });
  return answer.ShardIterator;
}

function call<T>(service: AwsService, operation: string, body: unknown): Promise<T> {
  return callAws<T>({ ...service, target: `DynamoDBStreams_20120810.${operation}`, body });
}
