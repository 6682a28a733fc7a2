// Events derived again from jobs that have ended and from quota warnings, for deliveries that a lost queue took with it.

import { describeFailure } from '../model/describe-failure.ts';
import type { DeliveryLog, DeliveryQueue, Directory, EventLog } from '../model/ports.ts';
import type { Delivery, Endpoint } from '../model/records.ts';
import { draftDelivery, type EventSource } from './publish-event.ts';
import { nextAfter } from './retry-schedule.ts';

export interface RebuildPorts {
  readonly directory: Directory;
  readonly deliveries: Pick<DeliveryQueue, 'send'>;
  readonly log: DeliveryLog;
  readonly eventLog: EventLog;
}

/**
 * Sends what was never delivered nor is waiting for the sweep. Ids are the same as the first time. Gives the count.
 * What fails is written down, and the rest goes on.
 */
export async function rebuildEvents(ports: RebuildPorts, sources: AsyncIterable<EventSource>): Promise<number> {
  let sent = 0;
  for await (const source of sources) {
    for (const endpoint of await ports.directory.listEndpoints(source.accountId)) {
      if (await rebuildEvent(ports, source, endpoint)) sent += 1;
    }
  }
  return sent;
}

/** True when a message was sent. An endpoint gets no event from before it was made. */
async function rebuildEvent(ports: RebuildPorts, source: EventSource, endpoint: Endpoint): Promise<boolean> {
  try {
    const delivery = endpoint.state === 'active' ? draftDelivery(source, endpoint) : undefined;
    return delivery !== undefined && endpoint.createdAt <= delivery.eventAt && (await sendAgain(ports, delivery));
  } catch (error) {
    ports.eventLog.record({ event: 'dependency.failed', where: 'rebuild', reason: describeFailure(error) });
    return false;
  }
}

async function sendAgain(ports: RebuildPorts, delivery: Delivery): Promise<boolean> {
  const record = await ports.log.find(delivery);
  const wasInQueue = !record || (record.state === 'retrying' && record.dueAt === undefined);
  if (!wasInQueue) return false;
  await ports.deliveries.send(record ? nextAfter(record) : delivery, 0);
  const { accountId, endpointId, eventId } = delivery;
  ports.eventLog.record({ event: 'delivery.resent', accountId, endpointId, eventId });
  return true;
}
