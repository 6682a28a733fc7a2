// The demo job: one link from a signed request to a verified webhook, told step by step as it happens.
import { decodeProtectedHeader } from 'jose';
import type { EvidencePayload } from '../../protocol/evidence/evidence.ts';
import type { JobView, LinkSubmission } from '../../protocol/messages.ts';
import { billableOperations, difference, type LaptopCloud, type MeterReading } from '../cloud/laptop-cloud.ts';
import type { FunctionEvents } from '../function-events.ts';
import { formatHeaders, type Narrator } from './narrator.ts';
import { type Partner, type SignedExchange, sendSigned } from './partner.ts';
import { type DemoReceiver, jobIn, type ReceivedDelivery } from './receiver.ts';
import type { SignedPolls } from './signed-polls.ts';

export interface DemoStage {
  readonly cloud: LaptopCloud;
  readonly events: FunctionEvents;
  readonly polls: SignedPolls;
  readonly narrator: Narrator;
  readonly partner: Partner;
  readonly receiver: DemoReceiver;
  /** The receiver's: other endpoints get events of the same ids. */
  readonly endpointId: string;
  readonly firstUrl: string;
}

const PATIENCE_MS = 30_000;

/** True when the webhook came, was genuine and says that the link is valid. */
export async function runDemoJob(stage: DemoStage): Promise<boolean> {
  const before = stage.cloud.meter.snapshot();
  const job = await submit(stage);
  if (!job) return false;
  const leased = await stage.events.waitFor('job.leased', { jobId: job.jobId }, PATIENCE_MS);
  if (leased) printLease(stage, leased);
  const accepted = leased && (await stage.events.waitFor('result.accepted', { jobId: job.jobId }, PATIENCE_MS));
  if (!accepted) return fail(stage, 'No agent reported a result.');
  const delivery = await stage.receiver.waitFor((one) => jobIn(one)?.jobId === job.jobId, PATIENCE_MS);
  if (!delivery) return fail(stage, 'No genuine webhook arrived.');
  const attempt = { endpointId: stage.endpointId, eventId: delivery.headers['webhook-id'] };
  await stage.events.waitFor('delivery.attempted', attempt, PATIENCE_MS);
  const cost = difference(stage.cloud.meter.snapshot(), before);
  await printEvidence(stage, job.jobId);
  printDelivery(stage.narrator, delivery);
  printCost(stage.narrator, cost);
  return jobIn(delivery)?.result?.conclusion === 'valid';
}

async function submit({ narrator, partner, firstUrl }: DemoStage): Promise<JobView | undefined> {
  const submission: LinkSubmission = {
    idempotencyKey: `demo-${Date.now()}`,
    trackingUrl: firstUrl,
    source: 'demo',
    rowId: '1',
    expectedDomain: '127.0.0.1',
  };
  const sent = await sendSigned(partner, 'POST', '/api/links/fetch', submission);
  narrator.step('The partner signs a request (profile link-peeler) and sends it');
  narrator.show('signed bytes: timestamp.nonce.body, HMAC-SHA256, lower-case hex', sent.signedContent);
  narrator.show('on the wire', showRequest(sent));
  if (sent.status !== 202) {
    narrator.say(`The relay answered ${sent.status}: ${sent.answer}`);
    return undefined;
  }
  const job: JobView = JSON.parse(sent.answer);
  narrator.step('The relay verified it, claimed the nonce, wrote the job and queued a pointer to it');
  narrator.show('202 Accepted', `${job.jobId}\nstate ${job.state}, pool ${job.pool}`);
  return job;
}

function showRequest({ request, headers }: SignedExchange): string {
  return `${request.method} ${request.path}\n${formatHeaders(headers)}\n\n${Buffer.from(request.body)}`;
}

function printLease({ narrator, polls }: DemoStage, leased: Readonly<Record<string, unknown>>): void {
  narrator.step('The agent’s signed poll (profile rfc9421, ed25519) came back with the job, leased to it alone');
  const poll = polls.newest();
  if (poll) {
    narrator.show('signed bytes: the RFC 9421 signature base', poll.signatureBase);
    narrator.show('on the wire', formatHeaders(poll.headers));
  }
  narrator.show('lease', `agent ${leased['agentId']}\nfence ${leased['fence']}`);
}

async function printEvidence({ narrator, partner }: DemoStage, jobId: string): Promise<void> {
  const { answer: jws } = await sendSigned(partner, 'GET', `/api/links/${jobId}/evidence`);
  const payload = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8')) as EvidencePayload;
  narrator.step('It followed the redirects over real HTTP and signed what it saw (JWS)');
  narrator.show('protected header', JSON.stringify(decodeProtectedHeader(jws)));
  narrator.show('hops', payload.hops.map(({ status, url }) => `${status}  ${url}`).join('\n'));
  narrator.show('conclusion', `${payload.conclusion} (${payload.reason}): ${payload.finalUrl}`);
}

/** The demo job is the first one after the start. */
const COLD_CACHES =
  'This first job found every cache cold: a warm function has read its secrets and rows already, so the next one costs less.';

const SHOWN = ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'x-webhook-event', 'content-type'];

function printDelivery(narrator: Narrator, { headers, body }: ReceivedDelivery): void {
  narrator.step('The relay signed the result and posted it; the npm package standardwebhooks verified it');
  const shown = SHOWN.map((name) => [name, headers[name] ?? '']);
  narrator.show(
    'on the wire, the body byte for byte as it was signed',
    `${formatHeaders(Object.fromEntries(shown))}\n\n${body}`,
  );
}

function printCost(narrator: Narrator, cost: MeterReading): void {
  const services = Object.entries(cost.calls).map(([service, calls]) => {
    const named = Object.entries(calls).map(([operation, count]) => `${count} ${operation}`);
    const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
    return `${String(total).padStart(3)}  ${service.padEnd(15)} ${named.join(', ')}`;
  });
  narrator.step(`It would have cost ${billableOperations(cost)} billable operations`);
  const units = `${cost.writeUnits} write units and ${cost.readUnits} read units of DynamoDB`;
  narrator.show('counted at AWS’s rounding rules', [...services, units].join('\n'));
  narrator.show('why so many', COLD_CACHES);
}

function fail({ narrator }: DemoStage, text: string): false {
  narrator.say(text);
  return false;
}
