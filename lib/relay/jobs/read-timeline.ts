// Builds a job's timeline from rows that exist for other purposes. No row is written for the timeline alone.
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
 * Serves `GET /api/links/{jobId}/timeline`. Rows hold the current state and not its history. Therefore the timeline omits
 * leases that expired or were released, the start of a lease that has ended, the times at which the sweep sent the job
 * again, and endpoints that were deleted.
 */
export async function readTimeline(
  ports: TimelinePorts & { readonly jobs: JobStore },
  call: PartnerCall,
): Promise<RelayResponse | Refusal> {
  const job = await findOwn(ports.jobs, call);
  if (!job) return NO_SUCH_JOB;
  return jsonResponse(200, { events: await findTimeline(ports, job) } satisfies TimelineResponse);
}

/** Returns what happened to the job, in the form that partners and operators see: admission, work, end, deliveries. */
export async function findTimeline(ports: TimelinePorts, job: Job): Promise<readonly TimelineEvent[]> {
  const [work, deliveries] = await Promise.all([findWork(ports.evidence, job), findDeliveries(ports, job)]);
  return [...viewAdmission(job), ...work, ...viewEnd(job), ...deliveries];
}

const iso = (epochMs: number) => new Date(epochMs).toISOString();

/** Both events have the time of admission. If the first send failed, the sweep repeats it and counts it in `resends`. */
function viewAdmission({ createdAt, resends }: Job): TimelineEvent[] {
  const at = iso(createdAt);
  return [
    { at, type: 'accepted' },
    { at, type: 'sent', resends },
  ];
}

/** Returns the current lease, or the start of work from the agent's evidence. */
async function findWork(evidence: TimelinePorts['evidence'], job: Job): Promise<TimelineEvent[]> {
  const { state, leasedBy, leasedAt, leaseUntil, fence } = job;
  if (state === 'leased' && leasedBy !== undefined && leasedAt !== undefined && leaseUntil !== undefined)
    return [{ at: iso(leasedAt), type: 'leased', agentId: leasedBy, fence, leaseUntil: iso(leaseUntil) }];
  const stored = state === 'completed' ? await evidence.find(job.jobId) : undefined;
  if (stored?.createdAt !== job.createdAt) return [];
  const payload = readPayload(stored.jws);
  return [{ at: payload.startedAt, type: 'started', agentId: payload.agentId, fence: payload.fence }];
}

/** Parses the payload without a check, because evidence is verified before it is stored. */
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

/** Returns every attempt at every endpoint of the account, oldest first. */
async function findDeliveries({ directory, log }: TimelinePorts, job: Job): Promise<TimelineEvent[]> {
  const event = deriveEvent(job);
  if (!event) return [];
  const endpoints = await directory.listEndpoints(job.accountId);
  const keys = endpoints.map(({ endpointId }) => ({ endpointId, eventAt: job.updatedAt, eventId: event.id }));
  const records = await log.findMany(keys);
  return records.flatMap(viewAttempts).toSorted((a, b) => a.at.localeCompare(b.at));
}

function viewAttempts(record: DeliveryRecord): TimelineEvent[] {
  const { endpointId, eventId, eventType, earlier = [] } = record;
  const view = ({ attempt, attemptedAt, outcome }: DeliveryAttempt, state: DeliveryRecord['state']): TimelineEvent => ({
    at: iso(attemptedAt),
    type: 'delivery',
    endpointId,
    eventId,
    eventType,
    attempt: attempt + 1,
    state,
    outcome,
  });
  return [...earlier.map((attempt) => view(attempt, 'retrying')), view(record, record.state)];
}
