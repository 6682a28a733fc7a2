// The job queues that exist, found by the prefix of their names, and the number of messages in a queue.
import {
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  paginateListQueues,
  type QueueAttributeName,
  QueueDoesNotExist,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Pool, QueueDepth, QueueDepths } from '../../relay/model/ports.ts';
import type { Backlog, ListedQueue, QueueInventory } from '../../relay/operator/operator-ports.ts';
import { callDependency } from '../table/call-dependency.ts';

const SQS = 'SQS';

/** Returns the depths of the job queues whose URLs start with `urlPrefix`, as in `createJobQueues`. */
export function createQueueDepths(client: SQSClient, urlPrefix: string): QueueDepths {
  return { depth: ({ accountId, pool }) => readDepth(client, `${urlPrefix}${accountId}-${pool}`) };
}

/** Returns the inventory of job queues whose URLs start with `urlPrefix`, as in `createJobQueues`. */
export function createQueueInventory(client: SQSClient, urlPrefix: string): QueueInventory {
  const namePrefix = nameOf(urlPrefix);
  const urlOf = ({ accountId, pool }: Pool) => `${urlPrefix}${accountId}-${pool}`;
  return {
    async *list(accountId) {
      const QueueNamePrefix = accountId === undefined ? namePrefix : `${namePrefix}${accountId}-`;
      const pages = paginateListQueues({ client, pageSize: 1_000 }, { QueueNamePrefix })[Symbol.asyncIterator]();
      for (;;) {
        const { done, value } = await callDependency(SQS, () => pages.next());
        if (done) return;
        yield* (value.QueueUrls ?? []).map((url) => parseName(nameOf(url), namePrefix));
      }
    },
    async remove(pool) {
      await unlessAbsent(() => client.send(new DeleteQueueCommand({ QueueUrl: urlOf(pool) })));
    },
    ...createQueueDepths(client, urlPrefix),
  };
}

export interface BacklogQueues {
  readonly deliveryQueueUrl: string;
  readonly deliveryDeadLetterQueueUrl: string;
  readonly eventDeadLetterQueueUrl: string;
}

/** Returns the port that counts messages in the delivery queue and in both dead-letter queues. */
export function createBacklog(client: SQSClient, queues: BacklogQueues): Backlog {
  return {
    deliveries: () => readDepth(client, queues.deliveryQueueUrl),
    deadDeliveries: () => readDepth(client, queues.deliveryDeadLetterQueueUrl),
    deadEvents: () => readDepth(client, queues.eventDeadLetterQueueUrl),
  };
}

function nameOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

/** Splits at the last dash: the name of a pool has none. */
function parseName(name: string, prefix: string): ListedQueue {
  const dash = name.lastIndexOf('-');
  return { name, accountId: name.slice(prefix.length, dash), pool: name.slice(dash + 1) };
}

/** The attribute that counts the messages of each kind. */
const COUNTS = {
  visible: 'ApproximateNumberOfMessages',
  inFlight: 'ApproximateNumberOfMessagesNotVisible',
  delayed: 'ApproximateNumberOfMessagesDelayed',
} as const satisfies Record<keyof QueueDepth, QueueAttributeName>;

/**
 * Returns the counts of a queue, or undefined when the queue does not exist.
 *
 * @throws DependencyUnavailable if SQS fails, or if its answer lacks a count. A missing count is never taken for zero.
 */
async function readDepth(client: SQSClient, QueueUrl: string): Promise<QueueDepth | undefined> {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: Object.values(COUNTS) });
  return unlessAbsent(async () => toDepth((await client.send(command)).Attributes ?? {}));
}

function toDepth(attributes: Partial<Record<string, string>>): QueueDepth {
  const count = (name: string) => {
    const value = attributes[name] ?? '';
    if (!/^\d+$/.test(value)) throw new Error(`The answer has no ${name}.`);
    return Number(value);
  };
  return { visible: count(COUNTS.visible), inFlight: count(COUNTS.inFlight), delayed: count(COUNTS.delayed) };
}

/** Returns undefined when the queue does not exist. */
async function unlessAbsent<T>(call: () => Promise<T>): Promise<T | undefined> {
  return callDependency(SQS, async () => {
    try {
      return await call();
    } catch (error) {
      if (error instanceof QueueDoesNotExist) return undefined;
      throw error;
    }
  });
}
