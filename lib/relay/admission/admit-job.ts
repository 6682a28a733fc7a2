// Admission: a signed submission becomes one durable job and one message, or is answered with the existing job.

import { LIMITS } from '../../api/limits.ts';
import type { AddressPolicy } from '../../net/address-policy.ts';
import type { LinkSubmission } from '../../protocol/messages.ts';
import { parseJsonBody } from '../http/json-body.ts';
import type { PartnerCall } from '../http/request-pipeline.ts';
import { jsonResponse, type Refusal, type RelayResponse } from '../model/http-response.ts';
import { deriveFingerprint, deriveJobId } from '../model/job-identity.ts';
import { viewJob } from '../model/job-view.ts';
import type { EventLog, JobQueues, JobStore, QuotaLedger } from '../model/ports.ts';
import { quotaWindowOf } from '../model/quota-window.ts';
import type { Account, Job } from '../model/records.ts';
import { linkSubmission } from '../model/schemas.ts';
import { TUNING } from '../model/tuning.ts';
import { takeUnits } from './quota.ts';
import { refundDuplicates } from './refund-quota.ts';
import { checkTrackingUrl } from './url-policy.ts';

/** The ports that admission needs. */
export interface AdmissionPorts {
  readonly jobs: JobStore;
  readonly quota: QuotaLedger;
  readonly queues: JobQueues;
  readonly eventLog: EventLog;
  /** Which IP addresses a tracking URL may contain. */
  readonly addresses: AddressPolicy;
}

/** Serves `POST /api/links/fetch`. The request is verified and its one-time value is claimed. */
export async function submitLink(ports: AdmissionPorts, call: PartnerCall): Promise<RelayResponse | Refusal> {
  const body = parseJsonBody(linkSubmission, call.request.body);
  if (!body.ok) return body;
  const job = prepareJob(ports, call, body.value);
  if ('problem' in job) return job;
  const found = await ports.jobs.find(job.jobId);
  return found && !isPastRetention(found, call.nowMs) ? repeat(ports, found, job, call.nowMs) : admit(ports, call, job);
}

/**
 * Takes a unit of quota, writes the row and sends the message. After a failure or crash between two steps, the caller's
 * retry or the sweep completes the job.
 */
async function admit(ports: AdmissionPorts, call: PartnerCall, job: Job): Promise<RelayResponse | Refusal> {
  const quota = await takeUnits(ports, call, 1);
  if ('problem' in quota) return repeatOrRefuse(ports, call, job, quota);
  const created = await ports.jobs.create(job, call.nowMs);
  if (!created.done && created.job?.admission !== job.admission) {
    await refundDuplicates(ports, call, 1);
    return repeat(ports, created.job ?? job, job, call.nowMs);
  }
  await ports.queues.send(job, job);
  ports.eventLog.record({ event: 'job.admitted', accountId: job.accountId, jobId: job.jobId, pool: job.pool });
  return jsonResponse(202, viewJob(job, call.nowMs), { location: locationOf(job), ...quota.headers });
}

/** When the same submission is sent twice at once, the other request may have taken the last unit for the same job. */
async function repeatOrRefuse(
  ports: AdmissionPorts,
  { nowMs }: PartnerCall,
  job: Job,
  refusal: Refusal,
): Promise<RelayResponse | Refusal> {
  const found = await ports.jobs.find(job.jobId);
  return found && !isPastRetention(found, nowMs) ? repeat(ports, found, job, nowMs) : refusal;
}

/** Answers with the existing job, or refuses when its idempotency key was used for another submission. */
function repeat(ports: AdmissionPorts, found: Job, submitted: Job, nowMs: number): RelayResponse | Refusal {
  if (found.fingerprint !== submitted.fingerprint) return KEY_REUSED;
  ports.eventLog.record({ event: 'job.repeated', accountId: found.accountId, jobId: found.jobId });
  return jsonResponse(200, viewJob(found, nowMs), { location: locationOf(found), 'idempotent-replayed': 'true' });
}

/**
 * Returns the job that a submission describes, or a refusal of its URL or pool. Reads and writes nothing. The submission
 * fits the schema, but is otherwise untrusted.
 */
export function prepareJob(
  { addresses }: Pick<AdmissionPorts, 'addresses'>,
  call: PartnerCall,
  input: LinkSubmission,
): Job | Refusal {
  const url = checkTrackingUrl(input.trackingUrl, addresses);
  return url.ok ? (draftJob(call, input) ?? unknownPool(call.account)) : url;
}

function draftJob({ account, nowMs, request }: PartnerCall, input: LinkSubmission): Job | undefined {
  const { pool, ...submission } = input;
  const jobPool = account.pools.find((name) => name === (pool ?? account.pools[0]));
  if (!jobPool) return undefined;
  return {
    jobId: deriveJobId(account.accountId, submission.idempotencyKey),
    accountId: account.accountId,
    submission,
    pool: jobPool,
    // The fingerprint covers the pool as submitted, not the default pool, because the account's default may change.
    fingerprint: deriveFingerprint(input),
    quotaWindow: quotaWindowOf(nowMs),
    state: 'queued',
    fence: 0,
    attempts: 0,
    admission: request.requestId,
    createdAt: nowMs,
    updatedAt: nowMs,
    deadlineAt: nowMs + account.jobDeadlineSeconds * 1000,
    // The sweep looks at no job before its time, so a job with a short deadline is due at the deadline.
    dueAt: nowMs + Math.min(TUNING.firstDueSeconds, account.jobDeadlineSeconds) * 1000,
    resends: 0,
  };
}

/** Returns true when a job has outlived its retention. DynamoDB deletes such rows late, so treat them as absent. */
export function isPastRetention(job: Job, nowMs: number): boolean {
  return nowMs >= job.createdAt + LIMITS.retentionSeconds * 1000;
}

function locationOf(job: Job): string {
  return `/api/links/${job.jobId}`;
}

/** The refusal of a submission whose idempotency key belongs to a job with another fingerprint. */
export const KEY_REUSED: Refusal = {
  problem: 'idempotency_key_reused',
  reason: 'the job of this key has another fingerprint',
  detail: 'This idempotency key was used with another body. Use a new key for a new request.',
};

function unknownPool(account: Account): Refusal {
  const message = `must be one of ${account.pools.join(', ')}`;
  return { problem: 'validation_failed', reason: 'unknown pool', errors: [{ path: '/pool', message }] };
}
