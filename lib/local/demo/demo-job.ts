// The demo job: one link from a signed request to a verified webhook. It prints each step when it happens.
import { decodeProtectedHeader } from 'jose';
import type { EvidencePayload } from '../../protocol/evidence/evidence.ts';
import type { JobView, LinkSubmission } from '../../protocol/messages.ts';
import { billableOperations, difference, type LaptopCloud, type MeterReading } from '../cloud/laptop-cloud.ts';
import type { FunctionEvents } from '../function-events.ts';
import { type Partner, type SignedExchange, sendSigned } from './partner.ts';
import { formatHeaders, type ProgressPrinter } from './progress-printer.ts';
import { type DemoReceiver, jobIn, type ReceivedDelivery } from './receiver.ts';
import type { SignedPolls } from './signed-polls.ts';

/** What the demo job runs on. */
export interface DemoContext {
  readonly cloud: LaptopCloud;
  readonly events: FunctionEvents;
  readonly polls: SignedPolls;
  readonly progress: ProgressPrinter;
  readonly partner: Partner;
  readonly receiver: DemoReceiver;
  /** The receiver's endpoint. Other endpoints get events with the same ids. */
  readonly endpointId: string;
  readonly firstUrl: string;
}

const TIMEOUT_MS = 30_000;

/** Runs the demo job. Returns true when the webhook arrived, its signature was valid and it reports a valid link. */
export async function runDemoJob(stage: DemoContext): Promise<boolean> {
  const before = stage.cloud.meter.snapshot();
  const job = await submit(stage);
  if (!job) return false;
  const leased = await stage.events.waitFor('job.leased', { jobId: job.jobId }, TIMEOUT_MS);
  if (leased) printLease(stage, leased);
  const accepted = leased && (await stage.events.waitFor('result.accepted', { jobId: job.jobId }, TIMEOUT_MS));
  if (!accepted) return fail(stage, 'No agent reported a result.');
  const delivery = await stage.receiver.waitFor((one) => jobIn(one)?.jobId === job.jobId, TIMEOUT_MS);
  if (!delivery) return fail(stage, 'No genuine webhook arrived.');
  const attempt = { endpointId: stage.endpointId, eventId: delivery.headers['webhook-id'] };
  await stage.events.waitFor('delivery.attempted', attempt, TIMEOUT_MS);
  const cost = difference(stage.cloud.meter.snapshot(), before);
  await printEvidence(stage, job.jobId);
  printDelivery(stage.progress, delivery);
  printCost(stage.progress, cost);
  return jobIn(delivery)?.result?.conclusion === 'valid';
}

async function submit({ progress, partner, firstUrl }: DemoContext): Promise<JobView | undefined> {
  const submission: LinkSubmission = {
    idempotencyKey: `demo-${Date.now()}`,
    trackingUrl: firstUrl,
    source: 'demo',
    rowId: '1',
    expectedDomain: '127.0.0.1',
  };
  const sent = await sendSigned(partner, 'POST', '/api/links/fetch', submission);
  progress.step('The partner signs a request (profile link-peeler) and sends it');
  progress.show('signed bytes: timestamp.nonce.body, HMAC-SHA256, lower-case hex', sent.signedContent);
  progress.show('on the wire', showRequest(sent));
  if (sent.status !== 202) {
    progress.say(`The relay answered ${sent.status}: ${sent.answer}`);
    return undefined;
  }
  const job: JobView = JSON.parse(sent.answer);
  progress.step('The relay verified it, claimed the nonce, stored the job and queued a pointer to it');
  progress.show('202 Accepted', `${job.jobId}\nstate ${job.state}, pool ${job.pool}`);
  return job;
}

function showRequest({ request, headers }: SignedExchange): string {
  return `${request.method} ${request.path}\n${formatHeaders(headers)}\n\n${Buffer.from(request.body)}`;
}

function printLease({ progress, polls }: DemoContext, leased: Readonly<Record<string, unknown>>): void {
  progress.step('The agent’s signed poll (profile rfc9421, ed25519) received the job, with a lease on it');
  const poll = polls.newest();
  if (poll) {
    progress.show('signed bytes: the RFC 9421 signature base', poll.signatureBase);
    progress.show('on the wire', formatHeaders(poll.headers));
  }
  progress.show('lease', `agent ${leased['agentId']}\nfence ${leased['fence']}`);
}

async function printEvidence({ progress, partner }: DemoContext, jobId: string): Promise<void> {
  const { answer: jws } = await sendSigned(partner, 'GET', `/api/links/${jobId}/evidence`);
  const payload = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8')) as EvidencePayload;
  progress.step('The agent followed the redirects over real HTTP and signed its evidence (JWS)');
  progress.show('protected header', JSON.stringify(decodeProtectedHeader(jws)));
  progress.show('hops', payload.hops.map(({ status, url }) => `${status}  ${url}`).join('\n'));
  progress.show('conclusion', `${payload.conclusion} (${payload.reason}): ${payload.finalUrl}`);
}

/** The demo job is the first one after the start. */
const COLD_CACHES =
  'All caches were empty for this first job. Warm functions have already read their secrets and rows, so the next job costs less.';

const SHOWN = ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'x-webhook-event', 'content-type'];

function printDelivery(progress: ProgressPrinter, { headers, body }: ReceivedDelivery): void {
  progress.step('The relay signed the event and delivered it, and the npm package standardwebhooks verified it');
  const shown = SHOWN.map((name) => [name, headers[name] ?? '']);
  progress.show('on the wire, with exactly the signed body', `${formatHeaders(Object.fromEntries(shown))}\n\n${body}`);
}

function printCost(progress: ProgressPrinter, cost: MeterReading): void {
  const services = Object.entries(cost.calls).map(([service, calls]) => {
    const named = Object.entries(calls).map(([operation, count]) => `${count} ${operation}`);
    const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
    return `${String(total).padStart(3)}  ${service.padEnd(15)} ${named.join(', ')}`;
  });
  progress.step(`On AWS this job would cost ${billableOperations(cost)} billable operations`);
  const units = `${cost.writeUnits} write units and ${cost.readUnits} read units of DynamoDB`;
  const gbSeconds = Object.values(cost.gbSeconds).reduce((sum, each) => sum + each, 0);
  const time = `${gbSeconds.toFixed(3)} GB-seconds of functions, as long as they took on this machine`;
  progress.show('counted at AWS’s rounding rules', [...services, units, time].join('\n'));
  progress.show('why the next job costs less', COLD_CACHES);
}

function fail({ progress }: DemoContext, text: string): false {
  progress.say(text);
  return false;
}
