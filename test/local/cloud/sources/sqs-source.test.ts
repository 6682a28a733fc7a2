// A queue that calls a function.
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { sqsClient } from '../clients.ts';
import { eventually, startFake } from '../fake-assembly.ts';

/**
 * Prints each batch. The bodies choose the failure: `throw` for the batch, `fail` for the message, `nonsense` for an
 * invalid answer.
 */
const CONSUMER = `export const handler = async (event) => {
  console.log(JSON.stringify(event.Records));
  const bodies = event.Records.map(({ body }) => body);
  if (bodies.includes('throw')) throw new Error('no');
  if (bodies.includes('nonsense')) return { batchItemFailures: [{ itemIdentifier: 'unheard of' }] };
  const failed = event.Records.filter(({ body }) => body === 'fail');
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

type Record = { readonly [key: string]: unknown; readonly body: string; readonly messageId: string };

async function startConsumer(mapping: object = {}, queue: object = {}) {
  const batches: Record[][] = [];
  const resources = {
    Dead: { Type: 'AWS::SQS::Queue' },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 1, ...queue } },
    Source: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: { Ref: 'consume' }, ...mapping },
    },
  };
  const outputs = { Queue: { Value: { Ref: 'Queue' } }, Dead: { Value: { Ref: 'Dead' } } };
  const onLog = ({ stream, line }: { readonly stream: string; readonly line: string }) =>
    stream === 'stdout' && batches.push(JSON.parse(line));
  const cloud = await startFake({ functions: { consume: { code: CONSUMER } }, resources, outputs }, { onLog });
  const client = sqsClient(cloud);
  const send = (MessageBody: string, more: object = {}) =>
    client.send(new SendMessageCommand({ QueueUrl: cloud.outputs['Queue'], MessageBody, ...more }));
  return { cloud, client, batches, send, queueUrl: String(cloud.outputs['Queue']) };
}

const REPORTS = { FunctionResponseTypes: ['ReportBatchItemFailures'] };

async function isEmpty(client: SQSClient, QueueUrl: string): Promise<true | undefined> {
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  const count =
    Number(Attributes?.['ApproximateNumberOfMessages']) + Number(Attributes?.['ApproximateNumberOfMessagesNotVisible']);
  return count === 0 || undefined;
}

test('passes records in Lambda’s format, soon after they were sent, and deletes them', async () => {
  const { batches, send, client, queueUrl } = await startConsumer();
  await send('warm');
  await eventually(() => batches[0]);
  const MessageAttributes = { colour: { DataType: 'String', StringValue: 'blue' } };
  const sentAt = performance.now();
  await send('hello', { MessageAttributes });
  const [record] = await eventually(() => batches[1]);
  expect(performance.now() - sentAt).toBeLessThan(1_000);
  expect(record).toEqual({
    messageId: expect.any(String),
    receiptHandle: expect.any(String),
    body: 'hello',
    attributes: expect.objectContaining({ ApproximateReceiveCount: '1', SentTimestamp: expect.any(String) }),
    messageAttributes: {
      colour: { dataType: 'String', stringValue: 'blue', stringListValues: [], binaryListValues: [] },
    },
    md5OfBody: expect.any(String),
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:Fake-Queue',
    awsRegion: 'us-east-1',
  });
  await eventually(() => isEmpty(client, queueUrl));
});

test('leaves only a failed message hidden until its visibility timeout', async () => {
  const { batches, send, client, queueUrl } = await startConsumer(
    { ...REPORTS, BatchSize: 2, MaximumBatchingWindowInSeconds: 1 },
    // Longer than the window. Otherwise the batch could contain the message twice.
    { VisibilityTimeout: 2 },
  );
  await Promise.all([send('fail'), send('good')]);
  await eventually(() => batches[0]);
  const again = await eventually(() => batches[1]);
  expect(batches[0]?.map(({ body }) => body).toSorted()).toEqual(['fail', 'good']);
  expect(again).toMatchObject([{ body: 'fail', attributes: { ApproximateReceiveCount: '2' } }]);
  expect(await isEmpty(client, queueUrl)).toBeUndefined();
});

test.each([
  ['throws', 'throw'],
  ['answers nonsense', 'nonsense'],
])('treats the whole batch as failed when the function %s', async (_what, body) => {
  const { batches, send } = await startConsumer({ ...REPORTS, BatchSize: 2, MaximumBatchingWindowInSeconds: 1 });
  await Promise.all([send(body), send('good')]);
  const bodies = () => batches.flat().map((record) => record.body);
  await eventually(
    () =>
      (bodies().filter((text) => text === 'good').length >= 2 &&
        bodies().filter((text) => text === body).length >= 2) ||
      undefined,
  );
});

test('ignores reported failures unless the mapping asks for them', async () => {
  const { batches, send, client, queueUrl } = await startConsumer();
  await send('fail');
  await eventually(() => batches[0]);
  await eventually(() => isEmpty(client, queueUrl));
});

test('moves a message that failed too often to the dead-letter queue', async () => {
  const RedrivePolicy = { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 1 };
  const { cloud, send, client } = await startConsumer(REPORTS, { RedrivePolicy });
  await send('fail');
  const receive = new ReceiveMessageCommand({ QueueUrl: cloud.outputs['Dead'], WaitTimeSeconds: 5 });
  expect((await client.send(receive)).Messages).toMatchObject([{ Body: 'fail' }]);
});

test('deletes what its filter leaves out, without calling the function', async () => {
  const Pattern = JSON.stringify({ body: { kind: ['wanted'] } });
  const { batches, send, client, queueUrl } = await startConsumer({ FilterCriteria: { Filters: [{ Pattern }] } });
  await send('{"kind":"other"}');
  await send('{"kind":"wanted"}');
  expect(await eventually(() => batches[0])).toMatchObject([{ body: '{"kind":"wanted"}' }]);
  await eventually(() => isEmpty(client, queueUrl));
  expect(batches).toHaveLength(1);
});
