// From a job's last change, or a quota warning, to one delivery message for each endpoint of its account.
import type { WebhookEvent } from '../protocol/messages.ts';
import { deriveEvent } from './derive-event.ts';
import { deriveQuotaWarning } from './derive-quota-warning.ts';
import type { DeliveryQueue, Directory, Journal } from './ports.ts';
import type { Delivery, Endpoint, Job, QuotaWarning } from './records.ts';

export interface PublishPorts {
  readonly directory: Directory;
  readonly deliveries: DeliveryQueue;
  readonly journal: Journal;
}

/** What an event is derived from. */
export type EventSource = Job | QuotaWarning;

/** Undefined for a job that has not ended. */
export function eventOf(source: EventSource): WebhookEvent | undefined {
  return 'jobId' in source ? deriveEvent(source) : deriveQuotaWarning(source);
}

/** Sends the job's event to every active endpoint. Without effect for a job that has not ended. */
export async function publishJob(ports: PublishPorts, job: Job): Promise<void> {
  const { accountId, jobId } = job;
  const event = eventOf(job);
  if (event) await publish(ports, event, { accountId, jobId });
}

/** Sends the warning to every active endpoint. */
export async function publishWarning(ports: PublishPorts, warning: QuotaWarning): Promise<void> {
  await publish(ports, deriveQuotaWarning(warning), { accountId: warning.accountId });
}

async function publish(ports: PublishPorts, event: WebhookEvent, subject: { accountId: string; jobId?: string }) {
  const endpoints = await ports.directory.listEndpoints(subject.accountId);
  const deliveries = endpoints
    .filter(({ state }) => state === 'active')
    .map((endpoint) => addressEvent(event, endpoint));
  await Promise.all(deliveries.map((delivery) => ports.deliveries.send(delivery, 0)));
  const { id: eventId, type } = event;
  ports.journal.record({ event: 'event.published', ...subject, eventId, type, endpoints: deliveries.length });
}

/** The first attempt for one endpoint, or undefined while there is no event. */
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
