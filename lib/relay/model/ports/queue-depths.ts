// Ports for the depths of job queues, and for what the sweep remembers of them. Times are epoch milliseconds.
import type { Pool } from './jobs.ts';

/** Approximate numbers of messages. SQS needs up to a minute to count a message that was sent. */
export interface QueueDepth {
  readonly visible: number;
  /** Messages that were received, and are neither deleted nor visible again. */
  readonly inFlight: number;
  /** Messages that were sent with a delay that has not passed. */
  readonly delayed: number;
}

/** The depths of job queues. */
export interface QueueDepths {
  /** Returns approximate numbers, or undefined if the queue does not exist. */
  depth(pool: Pool): Promise<QueueDepth | undefined>;
}

/** The last time that the sweep found the queue of a pool empty. */
export interface EmptyQueues {
  /** Returns the recorded time, or undefined if the queue was not empty when the sweep last asked. */
  findEmptyAt(pool: Pool): Promise<number | undefined>;
  /** Records that the queue is empty at a time, or that it is not empty. */
  recordEmptyAt(pool: Pool, emptyAt: number | undefined): Promise<void>;
}
