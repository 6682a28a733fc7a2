// The delivery queue: each message carries one event for one endpoint, body and all.
import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type DeliveryQueue, DependencyUnavailable } from '../../relay/model/ports.ts';
import type { Delivery } from '../../relay/model/records.ts';
import { callDependency } from '../table/dependency.ts';
import { entryRefused } from '../table/entry-refused.ts';
import { type MessageBatch, packMessageBatches } from './sqs-message-batches.ts';

export function createDeliveryQueue(client: SQSClient, queueUrl: string): DeliveryQueue {
  return {
    async send(delivery, delaySeconds) {
      const command = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: toMessageText(delivery),
        DelaySeconds: delaySeconds,
      });
      await callDependency('SQS', () => client.send(command));
    },
    async sendMany(deliveries) {
      const messageBatches = packMessageBatches(
        deliveries.map((delivery) => ({ from: delivery, text: toMessageText(delivery) })),
      );
      for (const [index, messageBatch] of messageBatches.entries()) {
        const unsent = await sendMessageBatch(client, queueUrl, messageBatch);
        const [failure] = unsent.values();
        if (failure) return new Map([...unsent, ...waiting(messageBatches.slice(index + 1), failure)]);
      }
      return new Map();
    },
  };
}

/** Those that were not taken. */
async function sendMessageBatch(
  client: SQSClient,
  QueueUrl: string,
  messageBatch: MessageBatch<Delivery>,
): Promise<Map<Delivery, Error>> {
  const Entries = messageBatch.map(({ text }, index) => ({ Id: String(index), MessageBody: text }));
  try {
    const command = new SendMessageBatchCommand({ QueueUrl, Entries });
    const { Failed = [] } = await callDependency('SQS', () => client.send(command));
    const refused = new Map(Failed.map((entry) => [entry.Id, entryRefused(entry)]));
    return new Map(messageBatch.flatMap(({ from }, index) => pairWith(from, refused.get(String(index)))));
  } catch (error) {
    if (!(error instanceof DependencyUnavailable)) throw error;
    return new Map(waiting([messageBatch], error));
  }
}

function pairWith(delivery: Delivery, failure: Error | undefined): (readonly [Delivery, Error])[] {
  return failure ? [[delivery, failure]] : [];
}

/** Behind a failure nothing is sent. */
function waiting(messageBatches: readonly MessageBatch<Delivery>[], failure: Error): (readonly [Delivery, Error])[] {
  return messageBatches.flat().map(({ from }) => [from, failure]);
}

/** SQS refuses U+FFFE and U+FFFF, emulators also what needs surrogates; a partner may have written either. JSON has escapes. */
function toMessageText(delivery: Delivery): string {
  return JSON.stringify(delivery).replace(
    /[\ud800-\udfff\ufffe\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16)}`,
  );
}

/** @throws Error for a text that no `send` wrote: it goes to the dead-letter queue. */
export function parseDelivery(text: string): Delivery {
  const delivery = JSON.parse(text);
  const texts = ['accountId', 'endpointId', 'eventId', 'eventType', 'body'];
  const numbers = ['attempt', 'eventAt'];
  const complete =
    texts.every((name) => typeof delivery?.[name] === 'string') &&
    numbers.every((name) => Number.isSafeInteger(delivery?.[name]));
  if (!complete) throw new Error('A delivery message lacks fields.');
  return delivery;
}
