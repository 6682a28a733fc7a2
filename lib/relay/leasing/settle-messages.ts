// What becomes of received messages, many to a call. The table decides about jobs, so what fails here is only written down.
import { describeFailure } from '../model/describe-failure.ts';
import type { EventLog, HiddenMessage, JobQueues, Pool } from '../model/ports.ts';
import { toSqsBatches } from '../model/sqs-batches.ts';

export interface MessagePorts {
  readonly queues: JobQueues;
  readonly eventLog: EventLog;
}

/** In a lease whose message is not known: it shows up again by itself, and is looked at then. */
export const NO_RECEIPT = 'none';

export interface MessageInPool {
  readonly pool: Pool;
  readonly receipt: string;
}

/** Of one account. One that stays comes again when its time is over, and is found to be of no use. Gives those that are gone. */
export async function removeMessages<M extends MessageInPool>(
  ports: MessagePorts,
  messages: readonly M[],
): Promise<readonly M[]> {
  const pools = [...Map.groupBy(messages.filter(isKnown), ({ pool }) => pool.pool).values()];
  const gone = await Promise.all(pools.flatMap(toSqsBatches).map((together) => removeTogether(ports, together)));
  return gone.flat();
}

async function removeTogether<M extends MessageInPool>(ports: MessagePorts, messages: readonly M[]) {
  const [first] = messages;
  const receipts = messages.map(({ receipt }) => receipt);
  const done = first && (await tried(ports, () => ports.queues.deleteMany(first.pool, receipts)));
  return done ? messages : [];
}

/** One that is not hidden as told comes back sooner or later than that, and is looked at then. */
export async function hideMessages(ports: MessagePorts, pool: Pool, messages: readonly HiddenMessage[]): Promise<void> {
  const messageBatches = toSqsBatches(messages.filter(isKnown));
  await Promise.all(messageBatches.map((together) => tried(ports, () => ports.queues.hideMany(pool, together))));
}

function isKnown({ receipt }: { readonly receipt: string }): boolean {
  return receipt !== NO_RECEIPT;
}

async function tried({ eventLog }: MessagePorts, call: () => Promise<void>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    eventLog.record({ event: 'dependency.failed', where: 'job queue', reason: describeFailure(error) });
    return false;
  }
}
