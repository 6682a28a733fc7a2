// A standard queue whose every misbehaviour is somebody's choice: messages come in any order, twice, late or never.
import {
  type Clock,
  DependencyUnavailable,
  type JobQueues,
  type JobRef,
  type Pool,
} from '../../../lib/relay/model/ports.ts';

export interface Message {
  readonly pool: Pool;
  readonly ref: JobRef;
  readonly visibleAt: number;
  /** Of the newest receive; empty before the first. */
  readonly receipt: string;
}

export interface MessageQueue extends JobQueues {
  /** Oldest first. May be replaced: then messages were lost, doubled, delayed or set back. */
  messages: readonly Message[];
  /** Which of the visible messages the next receives find, and in this order. */
  choose: (visible: readonly Message[]) => readonly Message[];
  /** How many receipts were given out. */
  receipts: number;
}

/** Puts a pointer into a queue that the relay would not have put there. */
export function plant(queue: MessageQueue, pool: Pool, { jobId, createdAt }: JobRef): void {
  queue.messages = [...queue.messages, { pool, ref: { jobId, createdAt }, visibleAt: 0, receipt: '' }];
}

const isSamePool = (one: Pool, other: Pool) => one.accountId === other.accountId && one.pool === other.pool;

/** `heard` is told of every message before it is there. */
export function createMessageQueue(
  clock: Clock,
  pools: readonly Pool[],
  heard: (pool: Pool, ref: JobRef) => void,
): MessageQueue {
  const ofPool = (pool: Pool) => {
    if (pools.some((one) => isSamePool(one, pool))) return (message: Message) => isSamePool(message.pool, pool);
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
      const visible = queue.messages.filter((one) => isOwn(one) && one.visibleAt <= clock());
      const taken = queue.choose(visible).slice(0, limit);
      const received = new Map(taken.map((one) => [one, hide(one, visibilitySeconds)]));
      queue.messages = queue.messages.map((one) => received.get(one) ?? one);
      return [...received.values()].map(({ ref, receipt }) => ({ ref, receipt }));
    },
    async deleteMany(_pool, receipts) {
      queue.messages = queue.messages.filter(({ receipt }) => !receipts.includes(receipt));
    },
    async hideMany(_pool, hidden) {
      const visibleAt = new Map(hidden.map(({ receipt, seconds }) => [receipt, clock() + seconds * 1000]));
      queue.messages = queue.messages.map((one) => ({
        ...one,
        visibleAt: visibleAt.get(one.receipt) ?? one.visibleAt,
      }));
    },
  };
  const put = ({ accountId, pool }: Pool, { jobId, createdAt }: JobRef) => {
    ofPool({ accountId, pool });
    const message = { pool: { accountId, pool }, ref: { jobId, createdAt }, visibleAt: 0, receipt: '' };
    heard(message.pool, message.ref);
    queue.messages = [...queue.messages, message];
  };
  const hide = (message: Message, seconds: number): Message => {
    queue.receipts += 1;
    return { ...message, receipt: `receipt-${queue.receipts}`, visibleAt: clock() + seconds * 1000 };
  };
  return queue;
}
