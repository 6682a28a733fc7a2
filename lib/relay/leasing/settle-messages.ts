// Deletes and hides received messages, ten in a call. Failures are only logged, because the table decides about jobs.
import { describeFailure } from '../model/describe-failure.ts';
import type { EventLog, HiddenMessage, JobQueues, JobStore, Pool } from '../model/ports.ts';
import { toSqsBatches } from '../model/sqs-batches.ts';

/** The ports that settling messages needs. */
export interface MessagePorts {
  readonly queues: JobQueues;
  readonly eventLog: EventLog;
}

/** The ports that leasing needs. */
export interface LeasingPorts extends MessagePorts {
  readonly jobs: JobStore;
}

/** The receipt in a lease whose message is unknown. The message reappears by itself and is settled then. */
export const NO_RECEIPT = 'none';

/** A received message, and the pool of its queue. */
export interface MessageInPool {
  readonly pool: Pool;
  readonly receipt: string;
}

/**
 * Deletes messages of one account and returns those that were deleted. Never throws: a message that cannot be deleted
 * reappears later, and is dropped then.
 */
export async function deleteMessages<M extends MessageInPool>(
  ports: MessagePorts,
  messages: readonly M[],
): Promise<readonly M[]> {
  const pools = [...Map.groupBy(messages.filter(isKnown), ({ pool }) => pool.pool).values()];
  const deleted = await Promise.all(pools.flatMap(toSqsBatches).map((batch) => deleteBatch(ports, batch)));
  return deleted.flat();
}

async function deleteBatch<M extends MessageInPool>(ports: MessagePorts, messages: readonly M[]) {
  const [first] = messages;
  const receipts = messages.map(({ receipt }) => receipt);
  const done = first && (await logFailure(ports, () => ports.queues.deleteMany(first.pool, receipts)));
  return done ? messages : [];
}

/**
 * Hides messages of one pool, each for its own time. Never throws: if the visibility change fails, the message reappears
 * at another time, and its job is checked then.
 */
export async function hideMessages(ports: MessagePorts, pool: Pool, messages: readonly HiddenMessage[]): Promise<void> {
  const batches = toSqsBatches(messages.filter(isKnown));
  await Promise.all(batches.map((batch) => logFailure(ports, () => ports.queues.hideMany(pool, batch))));
}

function isKnown({ receipt }: { readonly receipt: string }): boolean {
  return receipt !== NO_RECEIPT;
}

/** Returns true when the call succeeds. Logs a failure and returns false. */
async function logFailure({ eventLog }: MessagePorts, call: () => Promise<void>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    eventLog.record({ event: 'dependency.failed', where: 'job queue', reason: describeFailure(error) });
    return false;
  }
}
