// The cost of a batch: the calls that reach AWS, counted at the SDK's clients behind the real adapters.
import { BatchGetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { createJobQueues } from '../../../lib/aws/queues/sqs-job-queues.ts';
import { createJobStore } from '../../../lib/aws/stores/dynamodb-jobs.ts';
import { createOneTimeValues } from '../../../lib/aws/stores/dynamodb-one-time-values.ts';
import { createQuotaLedger } from '../../../lib/aws/stores/dynamodb-quota.ts';
import { commandsOf, recordedDynamoDb, recordedSqs, TABLE_NAME } from '../../support/recorded-client.ts';
import { createWorld, sampleSubmission } from '../../support/relay/world.ts';

async function ready() {
  const { dynamoDb, table } = recordedDynamoDb();
  const { sqs, client } = recordedSqs();
  dynamoDb.onAnyCommand().resolves({});
  sqs.onAnyCommand().resolves({});
  const world = await createWorld();
  Object.assign(world.ports, {
    jobs: createJobStore(table),
    oneTimeValues: createOneTimeValues(table),
    quota: createQuotaLedger(table),
    queues: createJobQueues(client, 'https://sqs/signet-test-jobs-'),
  });
  const count = () => {
    const names = [...commandsOf(dynamoDb), ...commandsOf(sqs)].map(([name]) => name.replace('Command', ''));
    return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
  };
  const submit = (jobs: unknown) => world.ask(world.signedByPartner('POST', '/api/links/fetch/batch', { jobs }));
  const submissions = Array.from({ length: 100 }, () => sampleSubmission());
  const forget = () => {
    dynamoDb.resetHistory();
    sqs.resetHistory();
  };
  return { dynamoDb, forget, count, submit, submissions };
}

it('reads a batch of 100 once, takes its quota once, writes each row once, and sends messages in tens', async () => {
  const { count, submit, submissions } = await ready();
  const { json } = await submit(submissions);
  expect(json.items.every(({ status }: { status: number }) => status === 202)).toBe(true);
  const oneTimeValue = 1;
  expect(count()).toEqual({ PutItem: oneTimeValue + 100, BatchGetItem: 1, UpdateItem: 1, SendMessageBatch: 10 });
});

it('writes 97 rows for a batch of 100 with three invalid jobs, and still sends messages in tens', async () => {
  const { count, submit, submissions } = await ready();
  const bad = [7, 42, 99];
  await submit(submissions.map((job, row) => (bad.includes(row) ? { ...job, more: true } : job)));
  const oneTimeValue = 1;
  expect(count()).toEqual({ PutItem: oneTimeValue + 97, BatchGetItem: 1, UpdateItem: 1, SendMessageBatch: 10 });
});

it('answers a repeated batch of 100 with one read, and writes only its one-time value', async () => {
  const { dynamoDb, forget, count, submit, submissions } = await ready();
  await submit(submissions);
  const rows = dynamoDb.commandCalls(PutItemCommand).map(({ args: [{ input }] }) => unmarshall(input.Item ?? {}));
  forget();
  const jobs = rows.filter(({ sk }) => sk === 'JOB').map((row) => marshall(row));
  dynamoDb.on(BatchGetItemCommand).resolves({ Responses: { [TABLE_NAME]: jobs } });
  const { json } = await submit(submissions);
  expect(json.items.every(({ status }: { status: number }) => status === 200)).toBe(true);
  expect(count()).toEqual({ PutItem: 1, BatchGetItem: 1 });
});

it('writes only the one-time value for a batch without a valid job', async () => {
  const { count, submit } = await ready();
  await submit(Array.from({ length: 100 }, () => ({})));
  expect(count()).toEqual({ PutItem: 1 });
});
