// The ports JobQueues, QueueInventory and DeliveryQueue in memory. Visibility follows the given clock.

import {
  type Clock,
  type DeliveryQueue,
  DependencyUnavailable,
  type JobQueues,
  type JobRef,
  type Pool,
} from '../../../lib/relay/model/ports.ts';
import type { Delivery } from '../../../lib/relay/model/records.ts';
import type { QueueInventory } from '../../../lib/relay/operator/operator-ports.ts';

interface Message {
  readonly ref: JobRef | undefined;
  visibleAt: number;
  receipt?: string;
}

/** Job queues in memory. */
export interface InMemoryJobQueues extends JobQueues {
  readonly inventory: QueueInventory;
  /** Creates a queue. Does nothing when it exists. */
  createQueue(pool: Pool): Promise<void>;
  /** Sends a message that the relay would not write. */
  sendForeign(pool: Pool): void;
  /** Returns, for each message of a queue, the seconds until it is visible. 0 means visible now. */
  hiddenSeconds(pool: Pool): readonly number[];
  /** All pointers that were ever sent, oldest first. */
  readonly sent: readonly JobRef[];
}

/** Returns job queues without a queue. Every receive gives a message a new receipt. */
export function createInMemoryJobQueues(clock: Clock): InMemoryJobQueues {
  const queues = new Map<string, Message[]>();
  const sent: JobRef[] = [];
  let receipts = 0;
  const nameOf = ({ accountId, pool }: Pool) => `${accountId}-${pool}`;
  const messagesOf = (pool: Pool) => {
    const messages = queues.get(nameOf(pool));
    if (!messages) throw new DependencyUnavailable('SQS', { cause: new Error('QueueDoesNotExist') });
    return messages;
  };
  return {
    sent,
    inventory: {
      async *list(accountId) {
        for (const name of [...queues.keys()]) {
          const [owner = '', pool = ''] = name.split('-');
          if (accountId === undefined || owner === accountId)
            yield { name: `signet-test-jobs-${name}`, accountId: owner, pool };
        }
      },
      async remove(pool) {
        queues.delete(nameOf(pool));
      },
      async depth(pool) {
        const messages = queues.get(nameOf(pool));
        const visible = messages?.filter(({ visibleAt }) => visibleAt <= clock()).length ?? 0;
        return messages && { visible, inFlight: messages.length - visible, delayed: 0 };
      },
    },
    async createQueue(pool) {
      if (!queues.has(nameOf(pool))) queues.set(nameOf(pool), []);
    },
    sendForeign: (pool) => messagesOf(pool).push({ ref: undefined, visibleAt: 0 }),
    hiddenSeconds: (pool) => messagesOf(pool).map(({ visibleAt }) => Math.max(0, (visibleAt - clock()) / 1000)),
    async send(pool, { jobId, createdAt }) {
      messagesOf(pool).push({ ref: { jobId, createdAt }, visibleAt: 0 });
      sent.push({ jobId, createdAt });
    },
    async sendMany(pool, refs) {
      for (const ref of refs) await this.send(pool, ref);
      return [];
    },
    async receive(pool, { limit, visibilitySeconds }) {
      const visible = messagesOf(pool).filter(({ visibleAt }) => visibleAt <= clock());
      return visible.slice(0, limit).map((message) => {
        receipts += 1;
        message.receipt = `receipt-${receipts}`;
        message.visibleAt = clock() + visibilitySeconds * 1000;
        return { ref: message.ref, receipt: message.receipt };
      });
    },
    async deleteMany(pool, receipts) {
      const messages = messagesOf(pool);
      for (const receipt of receipts) {
        const index = messages.findIndex((message) => message.receipt === receipt);
        if (index >= 0) messages.splice(index, 1);
      }
    },
    async hideMany(pool, hidden) {
      for (const { receipt, seconds } of hidden) {
        const message = messagesOf(pool).find((candidate) => candidate.receipt === receipt);
        if (message) message.visibleAt = clock() + seconds * 1000;
      }
    },
  };
}

/** A delivery queue in memory. */
export interface InMemoryDeliveryQueue extends DeliveryQueue {
  /** All deliveries that were ever sent, oldest first. */
  readonly sent: readonly { readonly delivery: Delivery; readonly delaySeconds: number }[];
}

/** Returns an empty delivery queue. */
export function createInMemoryDeliveryQueue(): InMemoryDeliveryQueue {
  const sent: { delivery: Delivery; delaySeconds: number }[] = [];
  return {
    sent,
    async send(delivery, delaySeconds) {
      sent.push({ delivery: structuredClone(delivery), delaySeconds });
    },
    async sendMany(deliveries) {
      for (const delivery of deliveries) await this.send(delivery, 0);
      return new Map();
    },
  };
}
