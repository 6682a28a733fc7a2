// What the meter counts, with the real emulators.
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import {
  billableOperations,
  difference,
  type LaptopCloud,
  type MeterReading,
} from '../../../../lib/local/cloud/laptop-cloud.ts';
import { itemSizeBytes } from '../../../../lib/local/cloud/meter/item-size.ts';
import { HAS_OWN_DYNAMODB } from '../../../support/services/own-dynamodb.ts';
import { dynamodbClient, sqsClient } from '../clients.ts';
import { eventually, route, startFake, TABLE } from '../fake-assembly.ts';

const RESOURCES = { Table: TABLE, Queue: { Type: 'AWS::SQS::Queue' } };
const OUTPUTS = { Table: { Value: { Ref: 'Table' } }, Queue: { Value: { Ref: 'Queue' } } };

function startEmulators(): Promise<LaptopCloud> {
  return startFake({ resources: RESOURCES, outputs: OUTPUTS });
}

async function used(cloud: LaptopCloud, work: () => Promise<unknown>): Promise<MeterReading> {
  const before = cloud.meter.snapshot();
  await work();
  return difference(cloud.meter.snapshot(), before);
}

const key = (pk: string) => ({ pk: { S: pk } });

test('bills writes as DynamoDB does, indexes included', async () => {
  const cloud = await startEmulators();
  const client = dynamodbClient(cloud);
  const TableName = cloud.outputs['Table'];
  const put = (pk: string, more: object = {}) => new PutItemCommand({ TableName, Item: { ...key(pk), ...more } });
  const set = (pk: string, name: string, value: object) =>
    new UpdateItemCommand({
      TableName,
      Key: key(pk),
      UpdateExpression: `SET ${name} = :v`,
      ExpressionAttributeValues: { ':v': value as never },
    });
  const unitsOf = async (command: object) => (await used(cloud, () => client.send(command as never))).writeUnits;
  const big = { text: { S: 'x'.repeat(3000) } };

  expect(await unitsOf(put('plain')), 'an item without the index key').toBe(1);
  expect(await unitsOf(put('a', { due: { N: '1' } })), 'an item with the index key').toBe(2);
  expect(await unitsOf(set('a', 'colour', { S: 'blue' })), 'an attribute that the index does not hold').toBe(1);
  expect(await unitsOf(put('a', { due: { N: '1' }, colour: { S: 'red' } })), 'the same index key again').toBe(1);
  expect(await unitsOf(set('a', 'due', { N: '2' })), 'another index key: one entry deleted, one put').toBe(3);
  const remove = new UpdateItemCommand({ TableName, Key: key('a'), UpdateExpression: 'REMOVE due' });
  expect(await unitsOf(remove), 'the index key removed').toBe(2);
  expect(await unitsOf(set('a', 'due', { N: '2' })), 'the index key added').toBe(2);
  expect(await unitsOf(put('big', { ...big, due: { N: '1' } })), '3 KB, of which the index holds the keys').toBe(4);
  expect(await unitsOf(put('big', { due: { N: '1' } })), 'a large item made small: the larger of the two counts').toBe(
    3,
  );
  expect(await unitsOf(new DeleteItemCommand({ TableName, Key: key('big') })), 'a deletion with its index entry').toBe(
    2,
  );
  expect(await unitsOf(new DeleteItemCommand({ TableName, Key: key('none') })), 'a deletion of nothing').toBe(1);
  const batch = {
    RequestItems: { [String(TableName)]: [{ PutRequest: { Item: key('b') } }, { PutRequest: { Item: key('c') } }] },
  };
  expect(await unitsOf(new BatchWriteItemCommand(batch))).toBe(2);
  const transaction = { TransactItems: ['d', 'e'].map((pk) => ({ Put: { TableName, Item: key(pk) } })) };
  expect(await unitsOf(new TransactWriteItemsCommand(transaction)), 'a transaction costs double').toBe(4);
});

test('bills a failed condition by the larger of the two items', async () => {
  const cloud = await startEmulators();
  const client = dynamodbClient(cloud);
  const TableName = cloud.outputs['Table'];
  const text = { S: 'x'.repeat(2500) };
  await client.send(new PutItemCommand({ TableName, Item: { ...key('big'), text } }));
  await client.send(new PutItemCommand({ TableName, Item: key('small') }));
  const put = (pk: string, more: object = {}) =>
    new PutItemCommand({ TableName, Item: { ...key(pk), ...more }, ConditionExpression: 'attribute_not_exists(pk)' });
  const failed = (command: PutItemCommand) =>
    used(cloud, () => expect(client.send(command)).rejects.toBeInstanceOf(ConditionalCheckFailedException));
  expect((await failed(put('small'))).writeUnits).toBe(1);
  expect((await failed(put('big'))).writeUnits).toBe(3);
  expect((await failed(put('small', { text }))).writeUnits).toBe(3);
  expect((await failed(put('small'))).calls.dynamodb).toEqual({ PutItem: 1 });
});

test('bills a canceled transaction', async () => {
  const cloud = await startEmulators();
  const client = dynamodbClient(cloud);
  const TableName = cloud.outputs['Table'];
  const Item = key('a');
  const condition = { ConditionExpression: 'attribute_exists(pk)' };
  const TransactItems = [{ Put: { TableName, Item, ...condition } }, { Put: { TableName, Item: key('b') } }];
  const send = () => client.send(new TransactWriteItemsCommand({ TransactItems }));
  const reading = await used(cloud, () => expect(send()).rejects.toBeInstanceOf(TransactionCanceledException));
  expect(reading.writeUnits).toBe(4);
});

// ministack counts half a unit for every read.
test.runIf(HAS_OWN_DYNAMODB)('bills reads as DynamoDB does', async () => {
  const cloud = await startEmulators();
  const client = dynamodbClient(cloud);
  const TableName = cloud.outputs['Table'];
  await client.send(
    new PutItemCommand({ TableName, Item: { ...key('a'), due: { N: '1' }, text: { S: 'x'.repeat(5000) } } }),
  );
  const unitsOf = async (command: object) => (await used(cloud, () => client.send(command as never))).readUnits;
  expect(await unitsOf(new GetItemCommand({ TableName, Key: key('none') }))).toBe(0.5);
  expect(await unitsOf(new GetItemCommand({ TableName, Key: key('a') }))).toBe(1);
  expect(await unitsOf(new GetItemCommand({ TableName, Key: key('a'), ConsistentRead: true }))).toBe(2);
  const byDue = {
    TableName,
    IndexName: 'byDue',
    KeyConditionExpression: 'due = :d',
    ExpressionAttributeValues: { ':d': { N: '1' } },
  };
  expect(await unitsOf(new QueryCommand(byDue))).toBe(0.5);
});

test('returns only the capacity and the old item that the caller asked for', async () => {
  const cloud = await startEmulators();
  const client = dynamodbClient(cloud);
  const TableName = cloud.outputs['Table'];
  const Item = { ...key('a'), due: { N: '1' } };
  const put = (more: object) => client.send(new PutItemCommand({ TableName, Item, ...more }));
  expect(await put({})).not.toHaveProperty('ConsumedCapacity');
  expect((await put({ ReturnConsumedCapacity: 'TOTAL' })).ConsumedCapacity).toEqual({ TableName, CapacityUnits: 1 });
  expect((await put({ ReturnConsumedCapacity: 'INDEXES' })).ConsumedCapacity).toMatchObject({
    Table: { CapacityUnits: 1 },
  });
  const fail = (more: object) =>
    put({ ConditionExpression: 'attribute_not_exists(pk)', ...more }).catch((error: unknown) => error);
  expect((await fail({})) as object).toMatchObject({ name: 'ConditionalCheckFailedException' });
  expect(((await fail({})) as { Item?: unknown }).Item).toBeUndefined();
  expect(((await fail({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })) as { Item?: unknown }).Item).toEqual(Item);
});

test('does not count what DynamoDB does not bill', async () => {
  const cloud = await startEmulators();
  const client = dynamodbClient(cloud);
  const describe = () => client.send(new DescribeTableCommand({ TableName: cloud.outputs['Table'] }));
  expect(billableOperations(await used(cloud, describe))).toBe(0);
});

test('counts SQS requests in chunks of 64 KiB, and empty receives separately', async () => {
  const cloud = await startEmulators();
  const client = sqsClient(cloud);
  const QueueUrl = cloud.outputs['Queue'];
  const reading = await used(cloud, async () => {
    await client.send(new ReceiveMessageCommand({ QueueUrl }));
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(60 * 1024) }));
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }));
    const received = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    const hidden = received.map((entry) => ({ ...entry, VisibilityTimeout: 60 }));
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: hidden }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: received }));
  });
  expect(reading.emptyReceives).toBe(1);
  const together = { ChangeMessageVisibilityBatch: 1, DeleteMessageBatch: 1 };
  const sent = { SendMessage: 1, SendMessageBatch: 2 };
  expect(reading.calls.sqs).toEqual({ ...sent, ReceiveMessage: 2, DeleteMessage: 1, ...together });
  expect(billableOperations(reading)).toBe(8);
});

test('delivers the next message to the next receiver, not to a long poll whose client disconnected', async () => {
  const cloud = await startEmulators();
  const client = sqsClient(cloud);
  const QueueUrl = cloud.outputs['Queue'];
  const givenUp = new AbortController();
  const poll = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
    abortSignal: givenUp.signal,
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  givenUp.abort();
  await expect(poll).rejects.toThrow();
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2 }));
  expect(Messages?.map(({ Body }) => Body)).toEqual(['hello']);
});

test('waits for a message in a long poll, and ends without one after its time', async () => {
  const cloud = await startEmulators();
  const client = sqsClient(cloud);
  const QueueUrl = cloud.outputs['Queue'];
  const startedAt = performance.now();
  const empty = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
  expect(empty.Messages).toBeUndefined();
  expect(performance.now() - startedAt).toBeGreaterThan(950);
  const poll = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
  expect((await poll).Messages).toHaveLength(1);
});

test('rewrites queue URLs to the metered address', async () => {
  const cloud = await startEmulators();
  const { QueueUrl } = await sqsClient(cloud).send(new GetQueueUrlCommand({ QueueName: 'Fake-Queue' }));
  expect(QueueUrl).toBe(cloud.outputs['Queue']);
  expect(QueueUrl).toContain(cloud.endpoints.sqs);
});

test('counts API calls in chunks of 512 KiB, and invocations', async () => {
  const functions = { ok: { code: 'export const handler = async () => "ok";' } };
  const cloud = await startFake({ functions, resources: route('$default', 'ok') });
  const reading = await used(cloud, async () => {
    await fetch(cloud.baseUrl);
    await fetch(cloud.baseUrl, { method: 'POST', body: Buffer.alloc(600 * 1024) });
    await cloud.invoke('ok', {});
  });
  expect(reading.calls).toMatchObject({ apiGateway: { GET: 1, POST: 2 }, lambda: { ok: 3 } });
  expect(JSON.parse(JSON.stringify(reading))).toEqual(reading);
  await eventually(() => billableOperations(reading) === 6 || undefined);
});

test.each([
  [{ pk: { S: 'äb' } }, 2 + 3],
  [{ n: { N: '-12.5' } }, 1 + 2 + 1 + 1],
  [{ b: { B: 'AAEC' } }, 1 + 3],
  [{ t: { BOOL: true }, z: { NULL: true } }, 2 + 2],
  [{ l: { L: [{ S: 'abc' }] } }, 1 + 3 + 1 + 3],
  [{ m: { M: { k: { S: 'v' } } } }, 1 + 3 + 1 + 2],
  [{ s: { SS: ['a', 'bc'] } }, 1 + 3],
])('computes the size of %j', (item, bytes) => {
  expect(itemSizeBytes(item)).toBe(bytes);
});
