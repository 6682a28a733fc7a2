// The checkpoint of a stream's reader, also for records that no filter lets through.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AwsService } from '../../../../lib/local/cloud/base/aws-json.ts';
import { createChangeSignal } from '../../../../lib/local/cloud/base/change-signal.ts';
import { UNCHECKED_CREDENTIALS } from '../../../../lib/local/cloud/base/credentials.ts';
import { listenOnLoopback, readBody } from '../../../../lib/local/cloud/base/loopback-server.ts';
import type { Stoppable } from '../../../../lib/local/cloud/base/stoppable.ts';
import { startStreamSource } from '../../../../lib/local/cloud/sources/stream-source.ts';
import { eventually, temporaryFolder } from '../fake-assembly.ts';

const STREAM = 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/1';
const SHARD = 'shard-1';

/** Starts a stream of numbered records. It counts how often a reader gets each of them, and how often it gets none. */
async function startStream(length: number) {
  const reads = new Map<number, number>();
  let emptyReads = 0;
  const operations: Record<string, (input: Record<string, unknown>) => unknown> = {
    DescribeStream: () => ({ StreamDescription: { Shards: [{ ShardId: SHARD }] } }),
    GetShardIterator: ({ SequenceNumber }) => ({ ShardIterator: String(SequenceNumber ?? 0) }),
    GetRecords: ({ ShardIterator, Limit }) => {
      const after = Number(ShardIterator);
      const numbers = Array.from({ length: Math.min(Number(Limit), length - after) }, (_, index) => after + index + 1);
      if (numbers.length === 0) emptyReads += 1;
      for (const number of numbers) reads.set(number, (reads.get(number) ?? 0) + 1);
      const Records = numbers.map((number) => ({ eventID: `${number}`, dynamodb: { SequenceNumber: `${number}` } }));
      return { Records, NextShardIterator: String(after + numbers.length) };
    },
  };
  const server = await listenOnLoopback(0, async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    const input = JSON.parse(String(await readBody(request)));
    response.end(JSON.stringify(operations[operation]?.(input)));
  });
  onTestFinished(server.stop);
  return { service: { endpoint: server.url, credentials: UNCHECKED_CREDENTIALS }, reads, emptyReads: () => emptyReads };
}

/** Starts a reader whose filter lets nothing through. */
function startReader(service: AwsService, checkpointFile: string): Stoppable {
  const source = startStreamSource({
    service,
    checkpointFile,
    streamArn: STREAM,
    functionArn: 'arn',
    startsAtLatest: false,
    batchSize: 100,
    batchingWindowMs: 0,
    bisects: false,
    reportsFailures: false,
    retryAttempts: 0,
    recordAgeMs: Number.POSITIVE_INFINITY,
    failureQueue: undefined,
    filter: () => false,
    written: createChangeSignal(),
    invoke: () => Promise.reject(new Error('Nothing passed the filter.')),
  });
  onTestFinished(source.stop);
  return source;
}

test('reads at most 1,000 records again after a kill, when the filter let none of them through', async () => {
  const length = 2_500;
  const { service, reads } = await startStream(length);
  const file = join(temporaryFolder(), 'checkpoint.json');
  const first = startReader(service, file);
  await eventually(() => reads.size === length || undefined);
  // A kill leaves the file as it is now. An orderly stop would write it once more.
  const left = readFileSync(file);
  await first.stop();
  writeFileSync(file, left);
  startReader(service, file);
  await eventually(() => (reads.get(length) ?? 0) > 1 || undefined);
  const repeated = [...reads.values()].filter((count) => count > 1).length;
  expect(repeated).toBeGreaterThan(0);
  expect(repeated).toBeLessThanOrEqual(1_000);
});

test('reads no record again after an orderly stop', async () => {
  const length = 250;
  const { service, reads, emptyReads } = await startStream(length);
  const file = join(temporaryFolder(), 'checkpoint.json');
  const first = startReader(service, file);
  await eventually(() => emptyReads() > 0 || undefined);
  await first.stop();
  const before = emptyReads();
  startReader(service, file);
  await eventually(() => emptyReads() > before || undefined);
  expect(reads.size).toBe(length);
  expect([...reads.values()].every((count) => count === 1)).toBe(true);
});
