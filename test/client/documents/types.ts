// What must not compile, and what must, with the client's types: read by the type checker, never run.
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

export function goodCredentials(profile: 'nitro' | 'rfc9421'): void {
  createSigner({ profile, keyId, secret });
  createSigner({ profile: 'rfc9421', keyId, privateKey });
  new RelayClient({ baseUrl, profile, keyId, secret, callTimeoutMs: 5_000, ports: { clock: Date.now } });
}

export function badCredentials(): void {
  // @ts-expect-error Ed25519 is for rfc9421 alone
  createSigner({ profile: 'nitro', keyId, privateKey });
  // @ts-expect-error one of the two
  createSigner({ profile: 'rfc9421', keyId, secret, privateKey });
  // @ts-expect-error neither of the two
  createSigner({ profile: 'rfc9421', keyId });
  // @ts-expect-error no key id
  createSigner({ profile: 'rfc9421', secret });
  // @ts-expect-error a scheme of deliveries only
  createSigner({ profile: 'tolinku', keyId, secret });
  // @ts-expect-error a variable that may not be set is no secret
  createSigner({ profile: 'nitro', keyId, secret: process.env['SIGNET_SECRET'] });
  // @ts-expect-error no baseUrl
  new RelayClient({ profile: 'nitro', keyId, secret });
  // @ts-expect-error no such option
  new RelayClient({ baseUrl, profile: 'nitro', keyId, secret, timeout: 5 });
  // @ts-expect-error Ed25519 is for rfc9421 alone
  new RelayClient({ baseUrl, profile: 'daylight', keyId, privateKey });
}

export async function submissions(client: RelayClient): Promise<boolean> {
  // @ts-expect-error no idempotency key
  await client.submit({ trackingUrl: 'https://t.example', source: 'crm', rowId: '1' });
  const submission = { idempotencyKey: 'k', trackingUrl: 'https://t.example', source: 'crm', rowId: '1' };
  // @ts-expect-error no such field
  await client.submit({ ...submission, priority: 1 });
  const { replayed } = await client.submit({ ...submission, metadata: { a: [1] } }, { signal: AbortSignal.abort() });
  return replayed;
}

export function explainsWaiting({ pendingReason }: JobView): boolean {
  // @ts-expect-error no job waits for that
  if (pendingReason === 'no_quota') return false;
  return pendingReason === undefined || pendingReason === 'agents_busy';
}

export function narrowsJobs(job: EndedJob, open: JobView): string | undefined {
  // @ts-expect-error a job that may not have ended has no sure result
  open.result.finalUrl;
  // @ts-expect-error nor has one that ended anyhow
  job.result.finalUrl;
  if (job.state === 'completed') {
    const completed: CompletedJob = job;
    return completed.result.conclusion === 'valid' ? job.result.finalUrl : job.result.reason;
  }
  const none: undefined = job.result;
  // @ts-expect-error it has ended
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

export function narrowsEvents(event: RelayEvent): string | undefined {
  // @ts-expect-error there are events without a job
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
  // @ts-expect-error no event is called so
  if (event.type === 'job.completed') return event.id;
  return event.data.job?.jobId;
}

export function deliveries(headers: Headers, body: Uint8Array, parsed: object): RelayEvent {
  // @ts-expect-error a parsed body is none
  verifyDelivery({ profile: 'nitro', secret, headers, body: parsed });
  // @ts-expect-error a scheme of requests only
  verifyDelivery({ profile: 'rfc9421', secret, headers, body });
  // @ts-expect-error a variable that may not be set is no secret
  verifyDelivery({ profile: 'nitro', secret: process.env['WEBHOOK_SECRET'], headers, body });
  // @ts-expect-error no event is called so
  signTestDelivery({ profile: 'nitro', secret, event: { type: 'job.completed' } });
  return verifyDelivery({
    profile: 'standard-webhooks',
    secret: [secret, 'whsec_old'],
    headers,
    body: body.slice().buffer,
  });
}
