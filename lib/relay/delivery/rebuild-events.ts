// Rebuilds the deliveries of a lost queue from the rows of ended jobs and quota warnings.

import { describeFailure } from '../model/describe-failure.ts';
import { inChunks } from '../model/in-chunks.ts';
import type { DeliveryLog, DeliveryQueue, Directory, EventLog } from '../model/ports.ts';
import type { Delivery, DeliveryRecord, Endpoint } from '../model/records.ts';
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
 * the same. A delivery that fails is logged and skipped. It reads the records of 100 deliveries in one call.
 *
 * @throws DependencyUnavailable if the endpoints of an account cannot be listed.
 */
export async function rebuildEvents(ports: RebuildPorts, sources: AsyncIterable<EventSource>): Promise<number> {
  let sent = 0;
  for await (const chunk of inChunks(sources)) {
    for await (const drafts of inChunks(await draftAll(ports, chunk))) sent += await resendLost(ports, drafts);
  }
  return sent;
}

/** Returns the deliveries of the events, each once. It lists the endpoints of an account once. */
async function draftAll(ports: RebuildPorts, sources: readonly EventSource[]): Promise<readonly Delivery[]> {
  const lists = new Map<string, readonly Endpoint[]>();
  const drafts = new Map<string, Delivery>();
  for (const source of sources) {
    const { accountId } = source;
    const endpoints = lists.get(accountId) ?? (await ports.directory.listEndpoints(accountId));
    lists.set(accountId, endpoints);
    for (const endpoint of endpoints) {
      const delivery = draftIfDue(ports, source, endpoint);
      if (delivery) drafts.set(nameOf(delivery), delivery);
    }
  }
  return [...drafts.values()];
}

/** Returns the delivery of an event to an endpoint. An endpoint gets no event that is older than the endpoint. */
function draftIfDue(ports: RebuildPorts, source: EventSource, endpoint: Endpoint): Delivery | undefined {
  try {
    const delivery = endpoint.state === 'active' ? draftDelivery(source, endpoint) : undefined;
    return delivery && endpoint.createdAt <= delivery.eventAt ? delivery : undefined;
  } catch (error) {
    recordFailure(ports, error);
    return undefined;
  }
}

/** Sends the next attempt of each delivery whose message was in the queue, and returns how many were sent. */
async function resendLost(ports: RebuildPorts, drafts: readonly Delivery[]): Promise<number> {
  const records = await findRecords(ports, drafts);
  let sent = 0;
  for (const draft of records ? drafts : [])
    if (await resendIfLost(ports, draft, records?.get(nameOf(draft)))) sent += 1;
  return sent;
}

/** Returns the existing records by name, or undefined after a failed read, which fails every delivery of the call. */
async function findRecords({ log, eventLog }: RebuildPorts, drafts: readonly Delivery[]) {
  try {
    return new Map((await log.findMany(drafts)).map((record) => [nameOf(record), record]));
  } catch (error) {
    for (const _ of drafts) recordFailure({ eventLog }, error);
    return undefined;
  }
}

async function resendIfLost(ports: RebuildPorts, draft: Delivery, record?: DeliveryRecord): Promise<boolean> {
  const wasInQueue = !record || (record.state === 'retrying' && record.dueAt === undefined);
  if (!wasInQueue) return false;
  try {
    await ports.deliveries.send(record ? nextAttemptOf(record) : draft, 0);
  } catch (error) {
    recordFailure(ports, error);
    return false;
  }
  const { accountId, endpointId, eventId } = draft;
  ports.eventLog.record({ event: 'delivery.resent', accountId, endpointId, eventId });
  return true;
}

function recordFailure({ eventLog }: Pick<RebuildPorts, 'eventLog'>, error: unknown): void {
  eventLog.record({ event: 'dependency.failed', where: 'rebuild', reason: describeFailure(error) });
}

function nameOf({ endpointId, eventId }: Pick<Delivery, 'endpointId' | 'eventId'>): string {
  return `${endpointId} ${eventId}`;
}
