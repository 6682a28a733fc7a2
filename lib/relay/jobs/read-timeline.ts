// What happened to a job, as far as the rows that are kept anyway say it. Nothing is written for this alone.
import type { EvidencePayload } from '../../protocol/evidence/evidence.ts';
import type { TimelineEvent, TimelineResponse } from '../../protocol/messages.ts';
import { deriveEvent } from '../delivery/derive-event.ts';
import type { PartnerCall } from '../http/request-pipeline.ts';
import { jsonResponse, type Refusal, type RelayResponse } from '../model/http-response.ts';
import type { DeliveryLog, Directory, EvidenceStore, JobStore } from '../model/ports.ts';
import type { DeliveryAttempt, DeliveryRecord, Job } from '../model/records.ts';
import { findOwn, NO_SUCH_JOB } from './read-link.ts';

export interface TimelinePorts {
  readonly evidence: Pick<EvidenceStore, 'find'>;
  readonly directory: Pick<Directory, 'listEndpoints'>;
  readonly log: Pick<DeliveryLog, 'findMany'>;
}

/**
 * Serves `GET /api/links/{jobId}/timeline`. A row says how a thing stands and not how it came to be so: leases that ran
 * out or were given back are not in it, nor when a lease began that has ended, nor when the sweep sent the job again, nor
 * an endpoint that was deleted.
 */
export async function readTimeline(
  ports: TimelinePorts & { readonly jobs: JobStore },
  call: PartnerCall,
): Promise<RelayResponse | Refusal> {
  const job = await findOwn(ports.jobs, call);
  if (!job) return NO_SUCH_JOB;
  return jsonResponse(200, { events: await findTimeline(ports, job) } satisfies TimelineResponse);
}

/** What partner and operator alike see of it. */
export async function findTimeline(ports: TimelinePorts, job: Job): Promise<readonly TimelineEvent[]> {
  const [work, deliveries] = await Promise.all([findWork(ports.evidence, job), findDeliveries(ports, job)]);
  return [...viewAdmission(job), ...work, ...viewEnd(job), ...deliveries];
}

const iso = (epochMs: number) => new Date(epochMs).toISOString();

/** Both belong to the one admission: a first send that failed is made good by the sweep, and is one of its. */
function viewAdmission({ createdAt, resends }: Job): TimelineEvent[] {
  const at = iso(createdAt);
  return [
    { at, type: 'accepted' },
    { at, type: 'sent', resends },
  ];
}

/** The lease that runs, or what the agent said of its work. */
async function findWork(evidence: TimelinePorts['evidence'], job: Job): Promise<TimelineEvent[]> {
  const { state, leasedBy, leasedAt, leaseUntil, fence } = job;
  if (state === 'leased' && leasedBy !== undefined && leasedAt !== undefined && leaseUntil !== undefined)
    return [{ at: iso(leasedAt), type: 'leased', agentId: leasedBy, fence, leaseUntil: iso(leaseUntil) }];
  const said = state === 'completed' ? await evidence.find(job.jobId) : undefined;
  if (said?.createdAt !== job.createdAt) return [];
  const { startedAt, agentId, fence: underFence } = readPayload(said.jws);
  return [{ at: startedAt, type: 'started', agentId, fence: underFence }];
}

/** Of evidence that was verified before it was kept. */
function readPayload(jws: string): EvidencePayload {
  return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

function viewEnd({ state, updatedAt, fence, result, leasedBy, endReason }: Job): TimelineEvent[] {
  const at = iso(updatedAt);
  if (state === 'queued' || state === 'leased') return [];
  if (state !== 'completed') return [{ at, type: state, reason: endReason, agentId: leasedBy, fence }];
  if (!result) return [];
  const { agentId, conclusion, reason } = result;
  return [{ at, type: 'reported', agentId, fence, conclusion, reason }];
}

/** Every attempt at every endpoint of the account, oldest first. */
async function findDeliveries({ directory, log }: TimelinePorts, job: Job): Promise<TimelineEvent[]> {
  const event = deriveEvent(job);
  if (!event) return [];
  const endpoints = await directory.listEndpoints(job.accountId);
  const keys = endpoints.map(({ endpointId }) => ({ endpointId, eventAt: job.updatedAt, eventId: event.id }));
  const records = await log.findMany(keys);
  return records.flatMap(viewAttempts).toSorted((one, other) => one.at.localeCompare(other.at));
}

function viewAttempts(record: DeliveryRecord): TimelineEvent[] {
  const { endpointId, eventId, eventType, earlier = [], state } = record;
  const view = ({ attempt, attemptedAt, outcome }: DeliveryAttempt, stood: DeliveryRecord['state']): TimelineEvent => ({
    at: iso(attemptedAt),
    type: 'delivery',
    endpointId,
    eventId,
    eventType,
    attempt: attempt + 1,
    state: stood,
    outcome,
  });
  return [...earlier.map((one) => view(one, 'retrying')), view(record, state)];
}
