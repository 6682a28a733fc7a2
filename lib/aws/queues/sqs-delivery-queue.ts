// The delivery queue: each message carries one event for one endpoint, with its body.
import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type DeliveryQueue, DependencyUnavailable } from '../../relay/model/ports.ts';
import type { Delivery } from '../../relay/model/records.ts';
import { batchEntryError } from '../table/batch-entry-error.ts';
import { callDependency } from '../table/call-dependency.ts';
import { type MessageBatch, packMessageBatches } from './sqs-message-batches.ts';

/** Returns the delivery queue at the URL. */
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
        if (failure) return new Map([...unsent, ...failAll(messageBatches.slice(index + 1), failure)]);
      }
      return new Map();
    },
  };
}

/** Returns the deliveries of the batch that SQS did not accept, each with its failure. */
async function sendMessageBatch(
  client: SQSClient,
  QueueUrl: string,
  messageBatch: MessageBatch<Delivery>,
): Promise<Map<Delivery, Error>> {
  const Entries = messageBatch.map(({ text }, index) => ({ Id: String(index), MessageBody: text }));
  try {
    const command = new SendMessageBatchCommand({ QueueUrl, Entries });
    const { Failed = [] } = await callDependency('SQS', () => client.send(command));
    const refused = new Map(Failed.map((entry) => [entry.Id, batchEntryError(entry)]));
    return new Map(messageBatch.flatMap(({ from }, index) => pairWith(from, refused.get(String(index)))));
  } catch (error) {
    if (!(error instanceof DependencyUnavailable)) throw error;
    return new Map(failAll([messageBatch], error));
  }
}

function pairWith(delivery: Delivery, failure: Error | undefined): (readonly [Delivery, Error])[] {
  return failure ? [[delivery, failure]] : [];
}

/** After a failure nothing more is sent, so all of these have the same failure. */
function failAll(messageBatches: readonly MessageBatch<Delivery>[], failure: Error): (readonly [Delivery, Error])[] {
  return messageBatches.flat().map(({ from }) => [from, failure]);
}

/**
 * Escapes U+FFFE and U+FFFF, which SQS rejects, and surrogates, which emulators reject. A partner may have sent any of
 * them, and JSON has escapes for them.
 */
function toMessageText(delivery: Delivery): string {
  return JSON.stringify(delivery).replace(
    /[\ud800-\udfff\ufffe\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16)}`,
  );
}

/**
 * Returns the delivery in a message's text.
 * @throws Error for a text that `send` did not write. The message then goes to the dead-letter queue.
 */
export function parseDelivery(text: string): Delivery {
  const delivery = JSON.parse(text);
  const texts = ['accountId', 'endpointId', 'eventId', 'eventType', 'body'];
  const numbers = ['attempt', 'eventAt'];
  const complete =
    texts.every((name) => typeof delivery?.[name] === 'string') &&
    numbers.every((name) => Number.isSafeInteger(delivery?.[name]));
  if (!complete) throw new Error('The message is not a delivery: a required field is missing.');
  return delivery;
}
