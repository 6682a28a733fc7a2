// What happened to a job, as far as the rows that are kept anyway say it. Nothing is written for this alone.
import type { EvidencePayload } from '../protocol/evidence.ts';
import type { TimelineEvent, TimelineResponse } from '../protocol/messages.ts';
import { deriveEvent } from './derive-event.ts';
import type { PartnerCall } from './front-door.ts';
import { jsonResponse, type Refusal, type RelayResponse } from './http-response.ts';
import type { DeliveryLog, Directory, EvidenceStore, JobStore } from './ports.ts';
import { findOwn, NO_SUCH_JOB } from './read-link.ts';
import type { DeliveryRecord, Job } from './records.ts';

export interface TimelinePorts {
  readonly jobs: JobStore;
  readonly evidence: EvidenceStore;
  readonly directory: Pick<Directory, 'listEndpoints'>;
  readonly log: Pick<DeliveryLog, 'findMany'>;
}

/**
 * Serves `GET /api/links/{jobId}/timeline`. A row says how a thing stands and not how it came to be so: leases that ran
 * out or were given back are not in it, nor when a lease began that has ended, nor any attempt at an endpoint but the
 * newest, nor an endpoint that was deleted.
 */
export async function readTimeline(ports: TimelinePorts, call: PartnerCall): Promise<RelayResponse | Refusal> {
  const job = await findOwn(ports.jobs, call);
  if (!job) return NO_SUCH_JOB;
  const [work, deliveries] = await Promise.all([findWork(ports.evidence, job), findDeliveries(ports, job)]);
  const accepted: TimelineEvent = { at: iso(job.createdAt), type: 'accepted' };
  const events = [accepted, ...work, ...viewEnd(job), ...deliveries];
  return jsonResponse(200, { events } satisfies TimelineResponse);
}

const iso = (epochMs: number) => new Date(epochMs).toISOString();

/** The lease that runs, or what the agent said of its work. */
async function findWork(evidence: EvidenceStore, job: Job): Promise<TimelineEvent[]> {
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

/** The account's endpoints, each with the newest attempt that was made there. */
async function findDeliveries({ directory, log }: TimelinePorts, job: Job): Promise<TimelineEvent[]> {
  const event = deriveEvent(job);
  if (!event) return [];
  const endpoints = await directory.listEndpoints(job.accountId);
  const keys = endpoints.map(({ endpointId }) => ({ endpointId, eventAt: job.updatedAt, eventId: event.id }));
  const records = await log.findMany(keys);
  return records.toSorted((one, other) => one.attemptedAt - other.attemptedAt).map(viewDelivery);
}

function viewDelivery(record: DeliveryRecord): TimelineEvent {
  const { attemptedAt, endpointId, eventId, eventType, attempt, state, outcome } = record;
  return {
    at: iso(attemptedAt),
    type: 'delivery',
    endpointId,
    eventId,
    eventType,
    attempt: attempt + 1,
    state,
    outcome,
  };
}
