// The delivery queue: each message carries one event for one endpoint, body and all.
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeliveryQueue } from '../relay/ports.ts';
import type { Delivery } from '../relay/records.ts';
import { callDependency } from './dependency.ts';

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
  };
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
