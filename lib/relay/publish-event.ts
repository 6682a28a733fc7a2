// From a job's last change to one delivery message for each endpoint of its account.
import { deriveEvent } from './derive-event.ts';
import type { DeliveryQueue, Directory, Journal } from './ports.ts';
import type { Delivery, Endpoint, Job } from './records.ts';

export interface PublishPorts {
  readonly directory: Directory;
  readonly deliveries: DeliveryQueue;
  readonly journal: Journal;
}

/** Sends the job's event to every active endpoint. Without effect for a job that has not ended. */
export async function publishJob(ports: PublishPorts, job: Job): Promise<void> {
  const endpoints = (await ports.directory.listEndpoints(job.accountId)).filter(({ state }) => state === 'active');
  const deliveries = endpoints.flatMap((endpoint) => draftDelivery(job, endpoint) ?? []);
  await Promise.all(deliveries.map((delivery) => ports.deliveries.send(delivery, 0)));
  const event = deriveEvent(job);
  if (!event) return;
  const { id: eventId, type } = event;
  const { accountId, jobId } = job;
  ports.journal.record({ event: 'event.published', accountId, jobId, eventId, type, endpoints: deliveries.length });
}

/** The first attempt for one endpoint, or undefined while the job has not ended. */
export function draftDelivery(job: Job, endpoint: Endpoint): Delivery | undefined {
  const event = deriveEvent(job);
  return (
    event && {
      accountId: job.accountId,
      endpointId: endpoint.endpointId,
      eventId: event.id,
      eventType: event.type,
      eventAt: job.updatedAt,
      body: JSON.stringify(event),
      attempt: 0,
    }
  );
}
