// Publishes the events of ended jobs and quota warnings: one delivery message for each active endpoint of the account.
import type { WebhookEvent } from '../../protocol/messages.ts';
import type { DeliveryQueue, Directory, EventLog } from '../model/ports.ts';
import type { Delivery, Endpoint, Job, QuotaWarning } from '../model/records.ts';
import { deriveEvent, deriveQuotaWarning } from './derive-event.ts';

export interface PublishPorts {
  readonly directory: Directory;
  readonly deliveries: Pick<DeliveryQueue, 'sendMany'>;
  readonly eventLog: EventLog;
}

/** A row that an event is derived from. */
export type EventSource = Job | QuotaWarning;

/** Returns the event of an ended job or of a quota warning, and undefined for an open job. */
export function eventOf(source: EventSource): WebhookEvent | undefined {
  return 'jobId' in source ? deriveEvent(source) : deriveQuotaWarning(source);
}

/** How far a run came: the first `done` sources are published. If that is not all, `failure` says why the next is not. */
export interface Progress {
  readonly done: number;
  readonly failure?: unknown;
}

interface Draft {
  readonly source: EventSource;
  readonly event: WebhookEvent | undefined;
  readonly deliveries: readonly Delivery[];
}

/**
 * Sends each event to every active endpoint of its account, in batches, and returns how many sources are done. Open jobs
 * have no event and count as done. The caller must publish all sources after `done` again, even if some of their messages
 * were sent. A repeated event has the same id, so receivers can ignore it.
 */
export async function publishEvents(ports: PublishPorts, sources: readonly EventSource[]): Promise<Progress> {
  const { drafts, failure } = await draftAll(ports, sources);
  const unsent = await ports.deliveries.sendMany(drafts.flatMap(({ deliveries }) => deliveries));
  const stopped = drafts.findIndex(({ deliveries }) => deliveries.some((delivery) => unsent.has(delivery)));
  const done = stopped < 0 ? drafts.length : stopped;
  for (const draft of drafts.slice(0, done)) record(ports, draft);
  return { done, failure: stopped < 0 ? failure : [...unsent.values()][0] };
}

/** Drafts deliveries up to the first source whose endpoints cannot be listed. Each account's endpoints are listed once. */
async function draftAll(ports: PublishPorts, sources: readonly EventSource[]) {
  const lists = new Map<string, readonly Endpoint[]>();
  const drafts: Draft[] = [];
  try {
    for (const source of sources) {
      const { accountId } = source;
      const endpoints = lists.get(accountId) ?? (await ports.directory.listEndpoints(accountId));
      lists.set(accountId, endpoints);
      drafts.push(draft(source, endpoints));
    }
    return { drafts };
  } catch (failure) {
    return { drafts, failure };
  }
}

function draft(source: EventSource, endpoints: readonly Endpoint[]): Draft {
  const event = eventOf(source);
  if (!event) return { source, event, deliveries: [] };
  const active = endpoints.filter(({ state }) => state === 'active');
  return { source, event, deliveries: active.map((endpoint) => addressEvent(event, endpoint)) };
}

function record({ eventLog }: PublishPorts, { source, event, deliveries }: Draft): void {
  if (!event) return;
  const { id: eventId, type } = event;
  const subject = { accountId: source.accountId, ...('jobId' in source && { jobId: source.jobId }) };
  eventLog.record({ event: 'event.published', ...subject, eventId, type, endpoints: deliveries.length });
}

/** Returns the first attempt at one endpoint, or undefined for an open job, which has no event. */
export function draftDelivery(source: EventSource, endpoint: Endpoint): Delivery | undefined {
  const event = eventOf(source);
  return event && addressEvent(event, endpoint);
}

function addressEvent(event: WebhookEvent, { accountId, endpointId }: Endpoint): Delivery {
  return {
    accountId,
    endpointId,
    eventId: event.id,
    eventType: event.type,
    eventAt: Date.parse(event.timestamp),
    body: JSON.stringify(event),
    attempt: 0,
  };
}
