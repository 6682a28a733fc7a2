// Fills a stopped laptop's table with jobs that have ended, as if it had run for long.
import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createDynamoDbClient } from '../../lib/aws/clients.ts';
import { createDeliveryLog } from '../../lib/aws/stores/dynamodb-delivery-log.ts';
import { createOneTimeValues } from '../../lib/aws/stores/dynamodb-one-time-values.ts';
import { DynamoTable } from '../../lib/aws/table/dynamodb-table.ts';
import { ITEM_KEYS } from '../../lib/aws/table/item-keys.ts';
import { toJobRow } from '../../lib/aws/table/job-row.ts';
import { UNCHECKED_CREDENTIALS } from '../../lib/local/cloud/base/credentials.ts';
import { readPrivateJson, writePrivateJson } from '../../lib/local/cloud/base/private-file.ts';
import { startDynamoDb } from '../../lib/local/cloud/services/dynamodb.ts';
import { findLatest } from '../../lib/local/cloud/sources/stream-reader.ts';
import type { LocalState } from '../../lib/local/state-file.ts';
import { draftDelivery } from '../../lib/relay/delivery/publish-event.ts';
import { deriveFingerprint, deriveJobId } from '../../lib/relay/model/job-identity.ts';
import { mapConcurrently } from '../../lib/relay/model/map-concurrently.ts';
import type { Endpoint, Job } from '../../lib/relay/model/records.ts';

/** Rows of one job: the job, its evidence, the delivery of its event, and the one-time value of its submission. */
const ROWS_OF_A_JOB = 4;
const AT_ONCE = 8;
const LEASE_SECONDS = 120;

/**
 * Adds the rows of ended jobs until the table has about `rows` more. Each was written as often as by the relay, so the
 * stream has twice as many records. The readers of the stream have passed all of them.
 */
export async function fillHistory(dataDir: string, state: LocalState, rows: number): Promise<void> {
  const emulator = await startDynamoDb(dataDir);
  const service = { endpoint: emulator.endpoint, credentials: UNCHECKED_CREDENTIALS };
  const client = createDynamoDbClient({ ...service, region: 'us-east-1' });
  try {
    const table = new DynamoTable(client, state.operator?.deployment.tableName ?? '');
    const numbers = Array.from({ length: Math.ceil(rows / ROWS_OF_A_JOB) }, (_, index) => index);
    await mapConcurrently(numbers, AT_ONCE, () => writeJob(table, state));
    await passAllRecords(dataDir, service);
  } finally {
    client.destroy();
    await emulator.stop();
  }
}

async function writeJob(table: DynamoTable, state: LocalState): Promise<void> {
  const nowMs = Date.now();
  const { queued, leased, renewed, completed } = describeJob(state, nowMs);
  await createOneTimeValues(table).claim({ keyId: 'bench', value: randomUUID(), expiresAtMs: nowMs + 600_000 }, nowMs);
  for (const job of [queued, leased, renewed]) await table.put(toJobRow(job));
  await table.put({ ...ITEM_KEYS.evidence(completed.jobId), jws: randomBytes(900), createdAt: nowMs, fence: 1 });
  await table.put(toJobRow(completed));
  await writeDelivery(table, state, completed);
}

/** The first attempt failed, and the second one arrived. */
async function writeDelivery(table: DynamoTable, { accountId, webhook }: LocalState, job: Job): Promise<void> {
  const endpoint = { accountId, endpointId: webhook.endpointId } as Endpoint;
  const delivery = draftDelivery(job, endpoint);
  if (!delivery) throw new Error('A completed job has an event.');
  const log = createDeliveryLog(table);
  const attempt = { ...delivery, attemptedAt: job.updatedAt, outcome: '503' };
  await log.record({ ...attempt, state: 'retrying' });
  await log.record({ ...attempt, attempt: 1, outcome: '204', state: 'delivered' });
}

function describeJob({ accountId, agent, demoSite }: LocalState, nowMs: number) {
  const submission = { idempotencyKey: randomUUID(), trackingUrl: demoSite, source: 'bench', rowId: 'row' };
  const lease = { leasedBy: agent.id, leasedAt: nowMs, leaseUntil: nowMs + LEASE_SECONDS * 1000 };
  const times = { checkedAt: nowMs, validUntil: nowMs + 86_400_000 };
  const queued: Job = {
    jobId: deriveJobId(accountId, submission.idempotencyKey),
    accountId,
    submission,
    pool: 'default',
    fingerprint: deriveFingerprint(submission),
    quotaWindow: new Date(nowMs).toISOString().slice(0, 7),
    state: 'queued',
    fence: 0,
    attempts: 0,
    createdAt: nowMs,
    updatedAt: nowMs,
    deadlineAt: nowMs + 86_400_000,
    admission: randomUUID(),
    dueAt: nowMs + LEASE_SECONDS * 1000,
    resends: 0,
  };
  const leased: Job = { ...queued, ...lease, state: 'leased', fence: 1, attempts: 1 };
  const renewed: Job = { ...leased, leaseUntil: lease.leaseUntil + LEASE_SECONDS * 1000 };
  const { dueAt: _due, ...ended } = renewed;
  const result = {
    conclusion: 'valid',
    reason: 'final_ok',
    finalUrl: demoSite,
    agentId: agent.id,
    hopCount: 4,
  } as const;
  const completed: Job = { ...ended, state: 'completed', result: { ...result, ...times } };
  return { queued, leased, renewed, completed };
}

/** Moves the checkpoint of every reader to the end of its stream. */
async function passAllRecords(dataDir: string, service: Parameters<typeof findLatest>[0]): Promise<void> {
  for (const name of readdirSync(join(dataDir, 'streams'))) {
    const file = join(dataDir, 'streams', name);
    const checkpoint = readPrivateJson<{ streamArn: string; shards: Record<string, string | null> }>(file);
    if (!checkpoint) continue;
    for (const shardId of Object.keys(checkpoint.shards))
      checkpoint.shards[shardId] = await findLatest(service, checkpoint.streamArn, shardId);
    writePrivateJson(file, checkpoint, { flush: false });
  }
}
