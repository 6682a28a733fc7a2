// Code that must compile with the client's types, and code that must not. Only the type checker reads it.
import {
  type CompletedJob,
  createSigner,
  type EndedJob,
  type JobView,
  type LinkEvent,
  RelayClient,
  type RelayEvent,
  signTestDelivery,
  verifyDelivery,
} from '../../../lib/client/index.ts';

const baseUrl = 'https://relay.example';
const keyId = 'acme';
const secret = 'sk_secret';
const privateKey = '-----BEGIN PRIVATE KEY-----';

/** Uses valid credentials. */
export function goodCredentials(profile: 'nitro' | 'rfc9421'): void {
  createSigner({ profile, keyId, secret });
  createSigner({ profile: 'rfc9421', keyId, privateKey });
  new RelayClient({ baseUrl, profile, keyId, secret, callTimeoutMs: 5_000, ports: { clock: Date.now } });
}

/** Uses invalid credentials. */
export function badCredentials(): void {
  // @ts-expect-error Ed25519 is only for rfc9421
  createSigner({ profile: 'nitro', keyId, privateKey });
  // @ts-expect-error both a secret and a private key
  createSigner({ profile: 'rfc9421', keyId, secret, privateKey });
  // @ts-expect-error neither a secret nor a private key
  createSigner({ profile: 'rfc9421', keyId });
  // @ts-expect-error no key id
  createSigner({ profile: 'rfc9421', secret });
  // @ts-expect-error an outbound profile
  createSigner({ profile: 'tolinku', keyId, secret });
  // @ts-expect-error an environment variable may be undefined
  createSigner({ profile: 'nitro', keyId, secret: process.env['SIGNET_SECRET'] });
  // @ts-expect-error no baseUrl
  new RelayClient({ profile: 'nitro', keyId, secret });
  // @ts-expect-error no such option
  new RelayClient({ baseUrl, profile: 'nitro', keyId, secret, timeout: 5 });
  // @ts-expect-error Ed25519 is only for rfc9421
  new RelayClient({ baseUrl, profile: 'daylight', keyId, privateKey });
}

/** Uses valid and invalid submissions. */
export async function submissions(client: RelayClient): Promise<boolean> {
  // @ts-expect-error no idempotency key
  await client.submit({ trackingUrl: 'https://t.example', source: 'crm', rowId: '1' });
  const submission = { idempotencyKey: 'k', trackingUrl: 'https://t.example', source: 'crm', rowId: '1' };
  // @ts-expect-error no such field
  await client.submit({ ...submission, priority: 1 });
  const { replayed } = await client.submit({ ...submission, metadata: { a: [1] } }, { signal: AbortSignal.abort() });
  return replayed;
}

/** Compares a job's pending reason. */
export function explainsWaiting({ pendingReason }: JobView): boolean {
  // @ts-expect-error not a pending reason
  if (pendingReason === 'no_quota') return false;
  return pendingReason === undefined || pendingReason === 'agents_busy';
}

/** Narrows the type of a job by its state. */
export function narrowsJobs(job: EndedJob, open: JobView): string | undefined {
  // @ts-expect-error an open job may have no result
  open.result.finalUrl;
  // @ts-expect-error an ended job may have no result
  job.result.finalUrl;
  if (job.state === 'completed') {
    const completed: CompletedJob = job;
    return completed.result.conclusion === 'valid' ? job.result.finalUrl : job.result.reason;
  }
  const none: undefined = job.result;
  // @ts-expect-error an ended job is never queued
  if (job.state === 'queued') return none;
  switch (job.state) {
    case 'canceled':
    case 'expired':
    case 'failed':
      return none;
    default: {
      const never: never = job;
      return never;
    }
  }
}

/** Narrows the type of an event by its `type`. */
export function narrowsEvents(event: RelayEvent): string | undefined {
  // @ts-expect-error some events have no job
  event.data.job.jobId;
  if (event.type === 'link.resolved') {
    const link: LinkEvent = event;
    return link.data.job.result?.finalUrl ?? event.data.job.jobId;
  }
  if (event.type === 'endpoint.test') {
    const none: undefined = event.data.job;
    return none;
  }
  if (event.type === 'quota.warning') {
    const { window, limit, used, remaining, resetsAt } = event.data.quota;
    const none: undefined = event.data.job;
    return none ?? `${window}: ${limit - used - remaining} ${resetsAt}`;
  }
  // @ts-expect-error not an event type
  if (event.type === 'job.completed') return event.id;
  return event.data.job?.jobId;
}

/** Uses valid and invalid deliveries. */
export function deliveries(headers: Headers, body: Uint8Array, parsed: object): RelayEvent {
  // @ts-expect-error a parsed body is not bytes
  verifyDelivery({ profile: 'nitro', secret, headers, body: parsed });
  // @ts-expect-error an inbound profile
  verifyDelivery({ profile: 'rfc9421', secret, headers, body });
  // @ts-expect-error an environment variable may be undefined
  verifyDelivery({ profile: 'nitro', secret: process.env['WEBHOOK_SECRET'], headers, body });
  // @ts-expect-error not an event type
  signTestDelivery({ profile: 'nitro', secret, event: { type: 'job.completed' } });
  return verifyDelivery({
    profile: 'standard-webhooks',
    secret: [secret, 'whsec_old'],
    headers,
    body: body.slice().buffer,
  });
}
