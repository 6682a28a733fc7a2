// A standard queue whose faults the model chooses: messages come in any order, twice, late or never.
import {
  type Clock,
  DependencyUnavailable,
  type JobQueues,
  type JobRef,
  type Pool,
  type QueueDepths,
} from '../../../lib/relay/model/ports.ts';

export interface Message {
  readonly pool: Pool;
  readonly ref: JobRef;
  readonly visibleAt: number;
  /** The receipt of the newest receive, or an empty text before the first. */
  readonly receipt: string;
}

export interface MessageQueue extends JobQueues, QueueDepths {
  /** All messages, oldest first. The model replaces them to lose, double, delay or restore messages. */
  messages: readonly Message[];
  /** Chooses and orders the visible messages that the next receives return. */
  choose: (visible: readonly Message[]) => readonly Message[];
  /** The number of receipts so far. */
  receipts: number;
}

/** Puts a pointer into a queue in which the relay would not have put it. */
export function plant(queue: MessageQueue, pool: Pool, { jobId, createdAt }: JobRef): void {
  queue.messages = [...queue.messages, { pool, ref: { jobId, createdAt }, visibleAt: 0, receipt: '' }];
}

const isSamePool = (a: Pool, b: Pool) => a.accountId === b.accountId && a.pool === b.pool;

/** Returns an empty queue for each pool. `onSend` is called before each message is added. */
export function createMessageQueue(
  clock: Clock,
  pools: readonly Pool[],
  onSend: (pool: Pool, ref: JobRef) => void,
): MessageQueue {
  const ofPool = (pool: Pool) => {
    if (pools.some((known) => isSamePool(known, pool))) return (message: Message) => isSamePool(message.pool, pool);
    throw new DependencyUnavailable('SQS', { cause: new Error('QueueDoesNotExist') });
  };
  const queue: MessageQueue = {
    messages: [],
    choose: (visible) => visible,
    receipts: 0,
    async send(pool, ref) {
      put(pool, ref);
    },
    async sendMany(pool, refs) {
      for (const ref of refs) put(pool, ref);
      return [];
    },
    async receive(pool, { limit, visibilitySeconds }) {
      const isOwn = ofPool(pool);
      const visible = queue.messages.filter((message) => isOwn(message) && message.visibleAt <= clock());
      const chosen = queue.choose(visible).slice(0, limit);
      const received = new Map(chosen.map((message) => [message, hide(message, visibilitySeconds)]));
      queue.messages = queue.messages.map((message) => received.get(message) ?? message);
      return [...received.values()].map(({ ref, receipt }) => ({ ref, receipt }));
    },
    async depth(pool) {
      const own = queue.messages.filter(ofPool(pool));
      const visible = own.filter(({ visibleAt }) => visibleAt <= clock()).length;
      return { visible, inFlight: own.length - visible, delayed: 0 };
    },
    async deleteMany(_pool, receipts) {
      queue.messages = queue.messages.filter(({ receipt }) => !receipts.includes(receipt));
    },
    async hideMany(_pool, hidden) {
      const visibleAt = new Map(hidden.map(({ receipt, seconds }) => [receipt, clock() + seconds * 1000]));
      queue.messages = queue.messages.map((message) => ({
        ...message,
        visibleAt: visibleAt.get(message.receipt) ?? message.visibleAt,
      }));
    },
  };
  const put = ({ accountId, pool }: Pool, { jobId, createdAt }: JobRef) => {
    ofPool({ accountId, pool });
    const message = { pool: { accountId, pool }, ref: { jobId, createdAt }, visibleAt: 0, receipt: '' };
    onSend(message.pool, message.ref);
    queue.messages = [...queue.messages, message];
  };
  const hide = (message: Message, seconds: number): Message => {
    queue.receipts += 1;
    return { ...message, receipt: `receipt-${queue.receipts}`, visibleAt: clock() + seconds * 1000 };
  };
  return queue;
}
