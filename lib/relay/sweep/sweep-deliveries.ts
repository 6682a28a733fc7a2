// Sends due deliveries to their queue. A message is sent before its `dueAt` is cleared.

import { nextAttemptOf } from '../delivery/retry-schedule.ts';
import { mapConcurrently } from '../model/map-concurrently.ts';
import type { Clock, DeliveryKey, DeliveryLog, DeliveryQueue, EventLog } from '../model/ports.ts';
import type { DeliveryRecord } from '../model/records.ts';
import { TUNING } from '../model/tuning.ts';
import { withFallback } from './with-fallback.ts';

export interface DeliverySweepPorts {
  readonly log: Pick<DeliveryLog, 'find' | 'findMany' | 'clearDue'>;
  readonly deliveries: Pick<DeliveryQueue, 'send'>;
  readonly eventLog: EventLog;
  readonly clock: Clock;
}

/** Until when deliveries are due, and when the run ends. Epoch milliseconds. */
interface Times {
  readonly untilMs: number;
  readonly endMs: number;
}

/** Sends the next attempt of each delivery that is due, oldest first, and returns how many it sent. A failed one stays due. */
export async function sweepDeliveries(
  ports: DeliverySweepPorts,
  keys: readonly DeliveryKey[],
  times: Times,
): Promise<number> {
  const send = (key: DeliveryKey) => withFallback(ports, () => sweepDelivery(ports, key, times), false);
  return (await mapConcurrently(keys, TUNING.sweepConcurrency, send)).filter((isSent) => isSent).length;
}

/** Returns the accounts of at most 100 deliveries, in order. An account is undefined if its row cannot be read. */
export async function findDeliveryOwners(ports: DeliverySweepPorts, keys: readonly DeliveryKey[]) {
  const records = await withFallback(ports, () => ports.log.findMany(keys), []);
  const owners = new Map(records.map((record) => [nameOf(record), record.accountId]));
  return keys.map((key) => owners.get(nameOf(key)));
}

const nameOf = ({ endpointId, eventAt, eventId }: DeliveryKey) => `${endpointId} ${eventAt} ${eventId}`;

/** Sends the next attempt, and returns whether it did. The index can lag, so the row itself decides. */
async function sweepDelivery(ports: DeliverySweepPorts, key: DeliveryKey, { untilMs, endMs }: Times): Promise<boolean> {
  if (ports.clock() >= endMs) return false;
  const record = await ports.log.find(key);
  if (record?.dueAt === undefined || record.dueAt > untilMs) return false;
  await sendNext(ports, record, record.dueAt);
  const { accountId, endpointId, eventId } = record;
  ports.eventLog.record({ event: 'delivery.resent', accountId, endpointId, eventId });
  return true;
}

async function sendNext(ports: DeliverySweepPorts, record: DeliveryRecord, dueAt: number): Promise<void> {
  const delaySeconds = Math.max(0, Math.ceil((dueAt - ports.clock()) / 1000));
  await ports.deliveries.send(nextAttemptOf(record), Math.min(delaySeconds, TUNING.sqsDelaySeconds));
  await ports.log.clearDue(record);
}
