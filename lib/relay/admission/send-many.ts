// The messages of many jobs, ten at a time. What is not sent now, the sweep sends.

import { refuseForFailure } from '../model/describe-failure.ts';
import type { Refusal } from '../model/http-response.ts';
import { mapConcurrently } from '../model/map-concurrently.ts';
import { DependencyUnavailable, type JobQueues } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { toSqsBatches } from '../model/sqs-batches.ts';

const MESSAGE_BATCHES_AT_ONCE = 10;

/** Jobs of one account. By job id: what was not sent, and why. */
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
    const left = pool ? await queues.sendMany(pool, jobs) : [];
    return left.map(({ jobId }) => [jobId, NOT_TAKEN] as const);
  } catch (error) {
    return jobs.map(({ jobId }) => [jobId, refuseForFailure(error)] as const);
  }
}

const NOT_TAKEN = refuseForFailure(new DependencyUnavailable('SQS', { cause: 'it took others of the same call' }));
