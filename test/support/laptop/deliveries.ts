// Reads the deliveries that the demo's receiver got, and verifies them with the npm package `standardwebhooks`.
import { Webhook } from 'standardwebhooks';
import type { LocalState } from '../../../lib/local/state-file.ts';
import type { JobEvent } from '../../../lib/protocol/messages.ts';
import { until } from './laptop.ts';

export interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Returns every delivery so far, unverified. */
export async function receivedBy(state: LocalState): Promise<Received[]> {
  return (await fetch(state.webhook.url)).json() as Promise<Received[]>;
}

/** Returns every delivery about the job so far. @throws Error if one does not verify. */
export async function deliveriesOf(state: LocalState, jobId: string): Promise<{ id: string; event: JobEvent }[]> {
  const received = await receivedBy(state);
  const webhook = new Webhook(state.webhook.secret);
  return received
    .filter(({ body }) => body.includes(jobId))
    .map(({ headers, body }) => ({
      id: headers['webhook-id'] ?? '',
      event: webhook.verify(body, headers) as JobEvent,
    }));
}

/** Waits for the first delivery about the job and returns it. */
export async function deliveryOf(state: LocalState, jobId: string): Promise<{ id: string; event: JobEvent }> {
  return until(`a webhook about ${jobId}`, async () => (await deliveriesOf(state, jobId))[0]);
}
