// Rebuilds the deliveries of a lost queue from the rows of ended jobs and quota warnings.

import { describeFailure } from '../model/describe-failure.ts';
import type { DeliveryLog, DeliveryQueue, Directory, EventLog } from '../model/ports.ts';
import type { Delivery, Endpoint } from '../model/records.ts';
import { draftDelivery, type EventSource } from './publish-event.ts';
import { nextAttemptOf } from './retry-schedule.ts';

export interface RebuildPorts {
  readonly directory: Directory;
  readonly deliveries: Pick<DeliveryQueue, 'send'>;
  readonly log: DeliveryLog;
  readonly eventLog: EventLog;
}

/**
 * Sends every delivery that has neither ended nor waits for the sweep, and returns how many were sent. Event ids stay
 * the same. A delivery that fails is logged and skipped.
 *
 * @throws DependencyUnavailable if the endpoints of an account cannot be listed.
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

/** Returns true if a message was sent. An endpoint gets no event that is older than the endpoint. */
async function rebuildEvent(ports: RebuildPorts, source: EventSource, endpoint: Endpoint): Promise<boolean> {
  try {
    const delivery = endpoint.state === 'active' ? draftDelivery(source, endpoint) : undefined;
    return delivery !== undefined && endpoint.createdAt <= delivery.eventAt && (await resend(ports, delivery));
  } catch (error) {
    ports.eventLog.record({ event: 'dependency.failed', where: 'rebuild', reason: describeFailure(error) });
    return false;
  }
}

/** Sends the next attempt if the delivery's message was in the queue, and returns whether it was. */
async function resend(ports: RebuildPorts, delivery: Delivery): Promise<boolean> {
  const record = await ports.log.find(delivery);
  const wasInQueue = !record || (record.state === 'retrying' && record.dueAt === undefined);
  if (!wasInQueue) return false;
  await ports.deliveries.send(record ? nextAttemptOf(record) : delivery, 0);
  const { accountId, endpointId, eventId } = delivery;
  ports.eventLog.record({ event: 'delivery.resent', accountId, endpointId, eventId });
  return true;
}
