// A table's stream that calls a function.
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import type { LaptopCloud } from '../../../../lib/local/cloud/laptop-cloud.ts';
import { startLaptopCloud } from '../../../../lib/local/cloud/laptop-cloud.ts';
import { dynamodbClient, sqsClient } from '../clients.ts';
import { startCloudProcess } from '../cloud-process.ts';
import { eventually, startFake, TABLE, temporaryFolder, writeAssembly } from '../fake-assembly.ts';

/** Prints each batch. The records choose the failure: `throws` for the batch, `fails` for the record. */
const CONSUMER = `export const handler = async (event) => {
  console.log(JSON.stringify(event.Records));
  const holds = (name) => event.Records.filter((record) => record.dynamodb.NewImage?.[name]);
  if (holds('throws').length > 0) throw new Error('no');
  const failed = holds('fails').map((record) => ({ itemIdentifier: record.dynamodb.SequenceNumber }));
  return { batchItemFailures: failed };
};`;

type Record = {
  readonly [key: string]: unknown;
  readonly dynamodb: { readonly Keys: { readonly pk: { readonly S: string } } };
};

function assemblyWith(mapping: object, code = CONSUMER) {
  const EventSourceArn = { 'Fn::GetAtt': ['Table', 'StreamArn'] };
  const Properties = { EventSourceArn, FunctionName: { Ref: 'consume' }, StartingPosition: 'TRIM_HORIZON', ...mapping };
  return {
    functions: { consume: { code } },
    resources: {
      Table: TABLE,
      Dead: { Type: 'AWS::SQS::Queue' },
      Source: { Type: 'AWS::Lambda::EventSourceMapping', Properties },
    },
    outputs: { Table: { Value: { Ref: 'Table' } }, Dead: { Value: { Ref: 'Dead' } } },
  };
}

function recorder() {
  const batches: Record[][] = [];
  const onLog = ({ stream, line }: { readonly stream: string; readonly line: string }) => {
    if (stream === 'stdout') batches.push(JSON.parse(line));
  };
  return { batches, onLog, keys: () => batches.map(keysOf) };
}

function keysOf(records: readonly Record[]): string[] {
  return records.map(({ dynamodb }) => dynamodb.Keys.pk.S);
}

async function startConsumer(mapping: object = {}) {
  const log = recorder();
  const cloud = await startFake(assemblyWith(mapping), log);
  return { ...log, cloud, client: dynamodbClient(cloud) };
}

function put(client: DynamoDBClient, cloud: LaptopCloud, pk: string, more: object = {}) {
  return client.send(new PutItemCommand({ TableName: cloud.outputs['Table'], Item: { pk: { S: pk }, ...more } }));
}

/** A batching window that collects several records into one batch. */
const TOGETHER = { BatchSize: 3, MaximumBatchingWindowInSeconds: 2 };
const REPORTS = { FunctionResponseTypes: ['ReportBatchItemFailures'] };
const TO_DEAD = { DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Dead', 'Arn'] } } } };

test('passes records in Lambda’s format, soon after the write', async () => {
  const { batches, cloud, client } = await startConsumer();
  await put(client, cloud, 'warm');
  await eventually(() => batches[0]);
  const writtenAt = performance.now();
  await put(client, cloud, 'a', { blob: { B: Buffer.from([0, 255]) }, list: { L: [{ N: '1' }] } });
  const [record] = await eventually(() => batches[1]);
  expect(performance.now() - writtenAt).toBeLessThan(1_000);
  expect(record).toEqual({
    eventID: expect.any(String),
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    eventSourceARN: expect.stringMatching(/^arn:aws:dynamodb:us-east-1:000000000000:table\/Fake-Table[^/]*\/stream\//),
    dynamodb: {
      ApproximateCreationDateTime: expect.any(Number),
      Keys: { pk: { S: 'a' } },
      NewImage: { pk: { S: 'a' }, blob: { B: 'AP8=' }, list: { L: [{ N: '1' }] } },
      SequenceNumber: expect.any(String),
      SizeBytes: expect.any(Number),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
  await client.send(new DeleteItemCommand({ TableName: cloud.outputs['Table'], Key: { pk: { S: 'a' } } }));
  const [removal] = await eventually(() => batches[2]);
  expect(removal).toMatchObject({ eventName: 'REMOVE', dynamodb: { OldImage: { blob: { B: 'AP8=' } } } });
});

test('passes only what the filter matches', async () => {
  const Pattern = JSON.stringify({
    dynamodb: { NewImage: { state: { S: ['done'] } }, OldImage: { state: { S: ['open'] } } },
  });
  const { batches, cloud, client, keys } = await startConsumer({ FilterCriteria: { Filters: [{ Pattern }] } });
  await put(client, cloud, 'a', { state: { S: 'done' } });
  await put(client, cloud, 'b', { state: { S: 'open' } });
  await put(client, cloud, 'b', { state: { S: 'done' } });
  await eventually(() => batches[0]);
  expect(keys()).toEqual([['b']]);
});

test('continues from the first record that was reported as failed, in order', async () => {
  const { cloud, client, keys } = await startConsumer({ ...TOGETHER, ...REPORTS, MaximumRetryAttempts: 1, ...TO_DEAD });
  await put(client, cloud, 'good');
  await put(client, cloud, 'bad', { fails: { BOOL: true } });
  await put(client, cloud, 'last');
  const [message] = await eventually(async () => {
    const receive = new ReceiveMessageCommand({ QueueUrl: cloud.outputs['Dead'], WaitTimeSeconds: 1 });
    return (await sqsClient(cloud).send(receive)).Messages;
  });
  expect(keys()).toEqual([
    ['good', 'bad', 'last'],
    ['bad', 'last'],
    ['bad', 'last'],
  ]);
  expect(JSON.parse(message?.Body ?? '')).toMatchObject({
    requestContext: { condition: 'RetryAttemptsExhausted', functionArn: expect.stringContaining(':function:consume') },
    DDBStreamBatchInfo: { batchSize: 2, streamArn: expect.stringContaining('Fake-Table') },
  });
});

test('splits a batch whose function throws, so that one bad record affects no other', async () => {
  const mapping = { ...TOGETHER, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0, ...TO_DEAD };
  const { cloud, client, keys } = await startConsumer(mapping);
  await put(client, cloud, 'a');
  await put(client, cloud, 'bad', { throws: { BOOL: true } });
  await put(client, cloud, 'c');
  await eventually(() => keys().some((batch) => batch.join() === 'c') || undefined);
  expect(keys()).toEqual([['a', 'bad', 'c'], ['a', 'bad'], ['a'], ['bad'], ['c']]);
  await put(client, cloud, 'd');
  await eventually(() => keys().some((batch) => batch.join() === 'd') || undefined);
});

test('discards records that are too old', async () => {
  // A record's time has whole seconds. With a limit of one second it could be too old before its first attempt.
  const { cloud, client, keys } = await startConsumer({ MaximumRecordAgeInSeconds: 2, ...TO_DEAD });
  await put(client, cloud, 'bad', { throws: { BOOL: true } });
  await put(client, cloud, 'next');
  const [message] = await eventually(async () => {
    const receive = new ReceiveMessageCommand({ QueueUrl: cloud.outputs['Dead'], WaitTimeSeconds: 1 });
    return (await sqsClient(cloud).send(receive)).Messages;
  });
  expect(JSON.parse(message?.Body ?? '')).toMatchObject({ requestContext: { condition: 'RecordAgeExceeded' } });
  expect(keys()[0]).toContain('bad');
});

test('continues after a restart where it was, with what was written in between', async () => {
  const folders = { assembly: writeAssembly(assemblyWith({})), dataDir: temporaryFolder() };
  const quiet = { ...folders, assembly: writeAssembly({ ...assemblyWith({ Enabled: false }) }) };
  const first = recorder();
  const one = await startLaptopCloud({ port: 0, ...folders, ...first });
  await put(dynamodbClient(one), one, 'before');
  await eventually(() => first.batches[0]);
  await one.stop();
  const two = await startLaptopCloud({ port: 0, ...quiet });
  await put(dynamodbClient(two), two, 'meanwhile');
  await two.stop();
  const third = recorder();
  const three = await startLaptopCloud({ port: 0, ...folders, ...third });
  await put(dynamodbClient(three), three, 'after');
  await eventually(() => third.keys().flat().includes('after') || undefined);
  await three.stop();
  expect(third.keys().flat()).toEqual(['meanwhile', 'after']);
});

test('loses nothing when it is killed while the function handles a batch', async () => {
  const dataDir = temporaryFolder();
  const hangs = 'export const handler = async () => { console.log("begun"); await new Promise(() => {}); };';
  const script = 'const { endpoints, outputs } = await starting; console.log(JSON.stringify({ endpoints, outputs }));';
  const { child, line, exited } = startCloudProcess(script, {
    assembly: writeAssembly(assemblyWith({}, hangs)),
    dataDir,
  });
  const apart = JSON.parse(await line()) as LaptopCloud;
  await put(dynamodbClient(apart), apart, 'in work');
  expect(await line()).toBe('begun');
  child.kill('SIGKILL');
  await exited;
  const log = recorder();
  await startFake(assemblyWith({}), { dataDir, ...log });
  await eventually(() => log.batches[0]);
  expect(log.keys()).toEqual([['in work']]);
});

test('skips, with LATEST, only what the stream contained at the very first start', async () => {
  const dataDir = temporaryFolder();
  const disabled = await startLaptopCloud({
    port: 0,
    dataDir,
    assembly: writeAssembly(assemblyWith({ Enabled: false })),
  });
  await put(dynamodbClient(disabled), disabled, 'old');
  await disabled.stop();
  const log = recorder();
  const cloud = await startFake(assemblyWith({ StartingPosition: 'LATEST' }), { dataDir, ...log });
  // Each write has a key of its own: DynamoDB's stream has no record of a write that changes nothing.
  let writes = 0;
  await eventually(async () => {
    writes += 1;
    await put(dynamodbClient(cloud), cloud, `new-${writes}`);
    return log.batches[0];
  });
  expect(log.keys().flat()).not.toContain('old');
});
