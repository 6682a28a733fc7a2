// The exact commands that reach SQS, and what its answers become.
import { ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { createDeliveryQueue, parseDelivery } from '../../lib/aws/sqs-delivery-queue.ts';
import { createJobQueue, createJobQueues } from '../../lib/aws/sqs-job-queues.ts';
import { DependencyUnavailable } from '../../lib/relay/ports.ts';
import { NOW, sampleDelivery, sampleJob } from '../relay/samples.ts';
import { commandsOf, recordedSqs } from './recorded-client.ts';

const PREFIX = 'https://sqs.eu-central-1.amazonaws.com/123456789012/signet-prod-jobs-';
const POOL = { accountId: 'acme4acme4acme4a', pool: 'default' };
const QueueUrl = `${PREFIX}acme4acme4acme4a-default`;

describe('job queues', () => {
  function ready() {
    const { sqs, client } = recordedSqs();
    sqs.onAnyCommand().resolves({});
    return { sqs, client, queues: createJobQueues(client, PREFIX) };
  }

  it('sends a pointer and nothing else of the job', async () => {
    const { sqs, queues } = ready();
    const job = sampleJob();
    await queues.send(POOL, job);
    const MessageBody = JSON.stringify({ jobId: job.jobId, createdAt: NOW });
    expect(commandsOf(sqs)).toEqual([['SendMessageCommand', { QueueUrl, MessageBody }]]);
  });

  it('sends ten with one call, and gives back those that were not taken', async () => {
    const { sqs, queues } = ready();
    const refs = Array.from({ length: 10 }, () => sampleJob());
    sqs.on(SendMessageBatchCommand).resolves({ Failed: [{ Id: '3', SenderFault: false, Code: 'InternalError' }] });
    expect(await queues.sendMany(POOL, refs)).toEqual([refs[3]]);
    const Entries = refs.map(({ jobId }, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify({ jobId, createdAt: NOW }),
    }));
    expect(commandsOf(sqs)).toEqual([['SendMessageBatchCommand', { QueueUrl, Entries }]]);
  });

  it('receives for as long and as many as told', async () => {
    const { sqs, queues } = ready();
    await queues.receive(POOL, { limit: 3, waitSeconds: 20, visibilitySeconds: 130 });
    expect(commandsOf(sqs)).toEqual([
      ['ReceiveMessageCommand', { QueueUrl, MaxNumberOfMessages: 3, WaitTimeSeconds: 20, VisibilityTimeout: 130 }],
    ]);
  });

  it('removes and hides by receipt', async () => {
    const { sqs, queues } = ready();
    await queues.remove(POOL, 'receipt-1');
    await queues.hide(POOL, 'receipt-2', 0);
    expect(commandsOf(sqs)).toEqual([
      ['DeleteMessageCommand', { QueueUrl, ReceiptHandle: 'receipt-1' }],
      ['ChangeMessageVisibilityCommand', { QueueUrl, ReceiptHandle: 'receipt-2', VisibilityTimeout: 0 }],
    ]);
  });

  it('makes a queue that keeps messages for 14 days, encrypted, without a redrive policy', async () => {
    const { sqs, client } = ready();
    await createJobQueue(client, PREFIX, POOL);
    const Attributes = { MessageRetentionPeriod: '1209600', SqsManagedSseEnabled: 'true' };
    expect(commandsOf(sqs)).toEqual([
      ['CreateQueueCommand', { QueueName: 'signet-prod-jobs-acme4acme4acme4a-default', Attributes }],
    ]);
  });

  it.each([
    ['no JSON', 'hello'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no job id', '{"createdAt":1}'],
    ['a job id that is no text', '{"jobId":7,"createdAt":1}'],
    ['no time', '{"jobId":"job_1"}'],
    ['a time that is no whole number', '{"jobId":"job_1","createdAt":1.5}'],
    ['a time beyond all times', '{"jobId":"job_1","createdAt":1e300}'],
    ['nothing', undefined],
  ])('gives a message with %s as one without a job', async (_what, Body) => {
    const { sqs, queues } = ready();
    sqs.on(ReceiveMessageCommand).resolves({ Messages: [{ Body, ReceiptHandle: 'receipt' }] });
    const messages = await queues.receive(POOL, { limit: 1, waitSeconds: 0, visibilitySeconds: 1 });
    expect(messages).toEqual([{ ref: undefined, receipt: 'receipt' }]);
  });

  it.each(['ReceiptHandleIsInvalid', 'InvalidParameterValue', 'MessageNotInflight', 'InvalidAddress'])(
    'takes %s for a receipt that has run out, and any other failure for a dependency’s',
    async (name) => {
      const { sqs, queues } = ready();
      sqs.onAnyCommand().rejects(Object.assign(new Error('no'), { name }));
      await queues.remove(POOL, 'receipt');
      await queues.hide(POOL, 'receipt', 5);
      sqs.onAnyCommand().rejects(Object.assign(new Error('no'), { name: 'RequestThrottled' }));
      await expect(queues.remove(POOL, 'receipt')).rejects.toThrow(DependencyUnavailable);
      await expect(queues.hide(POOL, 'receipt', 5)).rejects.toThrow(DependencyUnavailable);
    },
  );
});

describe('the delivery queue', () => {
  it('sends the delivery with its delay', async () => {
    const { sqs, client } = recordedSqs();
    sqs.onAnyCommand().resolves({});
    const delivery = sampleDelivery();
    await createDeliveryQueue(client, 'https://queue').send(delivery, 900);
    expect(commandsOf(sqs)).toEqual([
      ['SendMessageCommand', { QueueUrl: 'https://queue', MessageBody: JSON.stringify(delivery), DelaySeconds: 900 }],
    ]);
  });

  it('escapes what SQS refuses, so that every body a partner can write comes out again', async () => {
    const { sqs, client } = recordedSqs();
    sqs.onAnyCommand().resolves({});
    const delivery = sampleDelivery({ body: '{"a":"\ufffe\uffff😀\\\\ud83d\ud800 ü"}' });
    await createDeliveryQueue(client, 'https://queue').send(delivery, 0);
    const text = String(commandsOf(sqs)[0]?.[1]['MessageBody']);
    expect(text).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]*$/);
    expect(parseDelivery(text)).toEqual(delivery);
  });

  it.each(['', 'hello', 'null', '7', '[]', '{}', JSON.stringify({ ...sampleDelivery(), attempt: '0' })])(
    'refuses a message that no send wrote: %s',
    (text) => {
      expect(() => parseDelivery(text)).toThrow();
    },
  );
});
