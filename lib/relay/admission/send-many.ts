// Sends the messages of many jobs, ten in a call. The sweep sends what could not be sent.

import { refuseForFailure } from '../model/describe-failure.ts';
import type { Refusal } from '../model/http-response.ts';
import { mapConcurrently } from '../model/map-concurrently.ts';
import { DependencyUnavailable, type JobQueues } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { toSqsBatches } from '../model/sqs-batches.ts';

const MESSAGE_BATCHES_AT_ONCE = 10;

/** Sends a pointer to each of an account's jobs. Returns, by job id, why a pointer was not sent. Never throws. */
export async function sendMany(queues: JobQueues, jobs: readonly Job[]): Promise<ReadonlyMap<string, Refusal>> {
  const pools = Map.groupBy(jobs, ({ pool }) => pool);
  const messageBatches = [...pools.values()].flatMap(toSqsBatches);
  const failures = await mapConcurrently(messageBatches, MESSAGE_BATCHES_AT_ONCE, (messageBatch) =>
    sendMessageBatch(queues, messageBatch),
  );
  return new Map(failures.flat());
}

async function sendMessageBatch(queues: JobQueues, jobs: readonly Job[]): Promise<(readonly [string, Refusal])[]> {
  const [pool] = jobs;
  try {
    const rejected = pool ? await queues.sendMany(pool, jobs) : [];
    return rejected.map(({ jobId }) => [jobId, REJECTED] as const);
  } catch (error) {
    return jobs.map(({ jobId }) => [jobId, refuseForFailure(error)] as const);
  }
}

const REJECTED = refuseForFailure(new DependencyUnavailable('SQS', { cause: 'it accepted others of the same call' }));
