// The commands that reach SQS, and what the adapters make of its answers.
import { ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { createDeliveryQueue, parseDelivery } from '../../../lib/aws/queues/sqs-delivery-queue.ts';
import { createJobQueue, createJobQueues } from '../../../lib/aws/queues/sqs-job-queues.ts';
import { describeFailure } from '../../../lib/relay/model/describe-failure.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import type { Delivery } from '../../../lib/relay/model/records.ts';
import { commandsOf, recordedSqs } from '../../support/recorded-client.ts';
import { NOW, sampleDelivery, sampleJob } from '../../support/relay/samples.ts';

const PREFIX = 'https://sqs.eu-central-1.amazonaws.com/123456789012/signet-prod-jobs-';
const POOL = { accountId: 'acme4acme4acme4a', pool: 'default' };
const QueueUrl = `${PREFIX}acme4acme4acme4a-default`;

describe('job queues', () => {
  function ready() {
    const { sqs, client } = recordedSqs();
    sqs.onAnyCommand().resolves({});
    return { sqs, client, queues: createJobQueues(client, PREFIX) };
  }

  it('sends only a pointer, without the rest of the job', async () => {
    const { sqs, queues } = ready();
    const job = sampleJob();
    await queues.send(POOL, job);
    const MessageBody = JSON.stringify({ jobId: job.jobId, createdAt: NOW });
    expect(commandsOf(sqs)).toEqual([['SendMessageCommand', { QueueUrl, MessageBody }]]);
  });

  it('sends ten with one call, and returns those that SQS did not accept', async () => {
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

  it('receives more than ten with several calls at the same time, of ten each, and fails only if all do', async () => {
    const { sqs, queues } = ready();
    const message = { Body: '{}', ReceiptHandle: 'receipt' };
    sqs.on(ReceiveMessageCommand).resolves({ Messages: [message] });
    expect(await queues.receive(POOL, { limit: 25, visibilitySeconds: 130 })).toHaveLength(3);
    expect(sqs.commandCalls(ReceiveMessageCommand).map(({ args }) => args[0].input.MaxNumberOfMessages)).toEqual([
      10, 10, 5,
    ]);
    let calls = 0;
    sqs.on(ReceiveMessageCommand).callsFake(async () => {
      calls += 1;
      if (calls === 2) throw new Error('down');
      return { Messages: [message] };
    });
    expect(await queues.receive(POOL, { limit: 40, visibilitySeconds: 130 })).toHaveLength(3);
    sqs.on(ReceiveMessageCommand).rejects(new Error('down'));
    await expect(queues.receive(POOL, { limit: 40, visibilitySeconds: 130 })).rejects.toThrow(DependencyUnavailable);
  });

  it('receives with the given limit and visibility timeout, and never waits', async () => {
    const { sqs, queues } = ready();
    await queues.receive(POOL, { limit: 3, visibilitySeconds: 130 });
    expect(commandsOf(sqs)).toEqual([
      ['ReceiveMessageCommand', { QueueUrl, MaxNumberOfMessages: 3, WaitTimeSeconds: 0, VisibilityTimeout: 130 }],
    ]);
  });

  it('deletes and hides many messages by receipt with one call each', async () => {
    const { sqs, queues } = ready();
    await queues.deleteMany(POOL, ['receipt-1', 'receipt-2']);
    await queues.hideMany(POOL, [
      { receipt: 'receipt-3', seconds: 0 },
      { receipt: 'receipt-4', seconds: 130 },
    ]);
    const removed = [
      { Id: '0', ReceiptHandle: 'receipt-1' },
      { Id: '1', ReceiptHandle: 'receipt-2' },
    ];
    const hidden = [
      { Id: '0', ReceiptHandle: 'receipt-3', VisibilityTimeout: 0 },
      { Id: '1', ReceiptHandle: 'receipt-4', VisibilityTimeout: 130 },
    ];
    expect(commandsOf(sqs)).toEqual([
      ['DeleteMessageBatchCommand', { QueueUrl, Entries: removed }],
      ['ChangeMessageVisibilityBatchCommand', { QueueUrl, Entries: hidden }],
    ]);
  });

  it('creates an encrypted queue that keeps messages for 14 days, without a redrive policy', async () => {
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
    ['a job id that is not a string', '{"jobId":7,"createdAt":1}'],
    ['no time', '{"jobId":"job_1"}'],
    ['a fractional time', '{"jobId":"job_1","createdAt":1.5}'],
    ['a time beyond the safe integers', '{"jobId":"job_1","createdAt":1e300}'],
    ['nothing', undefined],
  ])('returns a message with %s as one without a job', async (_what, Body) => {
    const { sqs, queues } = ready();
    sqs.on(ReceiveMessageCommand).resolves({ Messages: [{ Body, ReceiptHandle: 'receipt' }] });
    const messages = await queues.receive(POOL, { limit: 1, visibilitySeconds: 1 });
    expect(messages).toEqual([{ ref: undefined, receipt: 'receipt' }]);
  });

  it.each(['ReceiptHandleIsInvalid', 'InvalidParameterValue', 'MessageNotInflight', 'InvalidAddress'])(
    'treats %s as an expired receipt, and any other code as a dependency failure',
    async (name) => {
      const { sqs, queues } = ready();
      const remove = () => queues.deleteMany(POOL, ['receipt', 'another']);
      const hide = () => queues.hideMany(POOL, [{ receipt: 'receipt', seconds: 5 }]);
      const entry = (Code: string, Id = '0') => ({ Id, Code, SenderFault: true });
      sqs.onAnyCommand().resolves({ Failed: [entry(name), entry(`AWS.SimpleQueueService.${name}`, '1')] });
      await remove();
      await hide();
      sqs.onAnyCommand().resolves({ Failed: [entry(name), entry('RequestThrottled', '1')] });
      await expect(remove()).rejects.toThrow(DependencyUnavailable);
      await expect(hide()).rejects.toThrow(DependencyUnavailable);
      sqs.onAnyCommand().rejects(Object.assign(new Error('no'), { name: 'RequestThrottled' }));
      await expect(remove()).rejects.toThrow(DependencyUnavailable);
      await expect(hide()).rejects.toThrow(DependencyUnavailable);
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

  const entriesOf = (deliveries: readonly Delivery[]) =>
    deliveries.map((delivery, index) => ({ Id: String(index), MessageBody: JSON.stringify(delivery) }));
  const manyDeliveries = (count: number) => Array.from({ length: count }, () => sampleDelivery());
  const refusal = (Id: string) => ({ Id, Code: 'InternalError', SenderFault: false, Message: 'quotes a body' });

  it('sends many in tens, in their order', async () => {
    const { sqs, client } = recordedSqs();
    sqs.onAnyCommand().resolves({});
    const many = manyDeliveries(12);
    expect(await createDeliveryQueue(client, 'https://queue').sendMany(many)).toEqual(new Map());
    expect(commandsOf(sqs)).toEqual(
      [many.slice(0, 10), many.slice(10)].map((part) => [
        'SendMessageBatchCommand',
        { QueueUrl: 'https://queue', Entries: entriesOf(part) },
      ]),
    );
  });

  it('stops after a call with refused entries, and returns those and everything after that call', async () => {
    const { sqs, client } = recordedSqs();
    sqs.onAnyCommand().resolves({ Failed: [refusal('8'), refusal('3')] });
    const many = manyDeliveries(12);
    const unsent = await createDeliveryQueue(client, 'https://queue').sendMany(many);
    expect([...unsent.keys()]).toEqual([many[3], many[8], many[10], many[11]]);
    for (const failure of unsent.values()) {
      expect(failure).toBeInstanceOf(DependencyUnavailable);
      expect(describeFailure(failure)).toMatch(/: InternalError$/);
    }
    expect(commandsOf(sqs)).toHaveLength(1);
  });

  it('returns all deliveries of a failed call and all later ones', async () => {
    const { sqs, client } = recordedSqs();
    sqs.onAnyCommand().resolvesOnce({}).rejects(new Error('down'));
    const many = manyDeliveries(30);
    const unsent = await createDeliveryQueue(client, 'https://queue').sendMany(many);
    expect([...unsent.keys()]).toEqual(many.slice(10));
    expect([...unsent.values()].every((failure) => failure instanceof DependencyUnavailable)).toBe(true);
    expect(commandsOf(sqs)).toHaveLength(2);
  });

  it('escapes what SQS rejects, so that every body a partner can write is restored', async () => {
    const { sqs, client } = recordedSqs();
    sqs.onAnyCommand().resolves({});
    const delivery = sampleDelivery({ body: '{"a":"\ufffe\uffff😀\\\\ud83d\ud800 ü"}' });
    await createDeliveryQueue(client, 'https://queue').send(delivery, 0);
    const text = String(commandsOf(sqs)[0]?.[1]['MessageBody']);
    expect(text).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]*$/);
    expect(parseDelivery(text)).toEqual(delivery);
  });

  it.each(['', 'hello', 'null', '7', '[]', '{}', JSON.stringify({ ...sampleDelivery(), attempt: '0' })])(
    'refuses a message that send did not write: %s',
    (text) => {
      expect(() => parseDelivery(text)).toThrow();
    },
  );
});
