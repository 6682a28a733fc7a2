// Admission: one signed submission becomes one durable job and one message, or the job that was there already.

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
import { refundUnmade } from './refund-quota.ts';
import { checkTrackingUrl } from './url-policy.ts';

export interface AdmissionPorts {
  readonly jobs: JobStore;
  readonly quota: QuotaLedger;
  readonly queues: JobQueues;
  readonly eventLog: EventLog;
  /** Where a tracking URL may literally point. */
  readonly addresses: AddressPolicy;
}

/** Serves `POST /api/links/fetch`. The one-time value is claimed already. */
export async function submitLink(ports: AdmissionPorts, call: PartnerCall): Promise<RelayResponse | Refusal> {
  const body = parseJsonBody(linkSubmission, call.request.body);
  if (!body.ok) return body;
  const job = prepareJob(ports, call, body.value);
  if ('problem' in job) return job;
  const found = await ports.jobs.find(job.jobId);
  return found && !isPastRetention(found, call.nowMs) ? repeat(ports, found, job, call.nowMs) : admit(ports, call, job);
}

/** Quota, row, message: each step leaves the earlier ones in a state that a retry or the sweep completes. */
async function admit(ports: AdmissionPorts, call: PartnerCall, job: Job): Promise<RelayResponse | Refusal> {
  const quota = await takeUnits(ports, call, 1);
  if ('problem' in quota) return repeatOrRefuse(ports, call, job, quota);
  const created = await ports.jobs.create(job, call.nowMs);
  if (!created.done && created.job?.admission !== job.admission) {
    await refundUnmade(ports, call, 1);
    return repeat(ports, created.job ?? job, job, call.nowMs);
  }
  await ports.queues.send(job, job);
  ports.eventLog.record({ event: 'job.admitted', accountId: job.accountId, jobId: job.jobId, pool: job.pool });
  return jsonResponse(202, viewJob(job, call.nowMs), { location: locationOf(job), ...quota.headers });
}

/** The last unit may have gone to this very job, sent twice at once. */
async function repeatOrRefuse(
  ports: AdmissionPorts,
  { nowMs }: PartnerCall,
  job: Job,
  refusal: Refusal,
): Promise<RelayResponse | Refusal> {
  const twin = await ports.jobs.find(job.jobId);
  return twin && !isPastRetention(twin, nowMs) ? repeat(ports, twin, job, nowMs) : refusal;
}

/** The job as it stands, unless the same key was used for something else. */
function repeat(ports: AdmissionPorts, found: Job, wanted: Job, nowMs: number): RelayResponse | Refusal {
  if (found.fingerprint !== wanted.fingerprint) return KEY_REUSED;
  ports.eventLog.record({ event: 'job.repeated', accountId: found.accountId, jobId: found.jobId });
  return jsonResponse(200, viewJob(found, nowMs), { location: locationOf(found), 'idempotent-replayed': 'true' });
}

/** The job that a submission asks for, or why it cannot be one. Looks at nothing but the submission. */
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
  const chosen = account.pools.find((name) => name === (pool ?? account.pools[0]));
  if (!chosen) return undefined;
  return {
    jobId: deriveJobId(account.accountId, submission.idempotencyKey),
    accountId: account.accountId,
    submission,
    pool: chosen,
    // Of what was asked for, not of the pool that it got: the account's first pool may be another one day.
    fingerprint: deriveFingerprint(input),
    quotaWindow: quotaWindowOf(nowMs),
    state: 'queued',
    fence: 0,
    attempts: 0,
    admission: request.requestId,
    createdAt: nowMs,
    updatedAt: nowMs,
    deadlineAt: nowMs + account.jobDeadlineSeconds * 1000,
    dueAt: nowMs + TUNING.firstDueSeconds * 1000,
    resends: 0,
  };
}

/** Deletion by time-to-live is late: an expired row counts as absent. */
export function isPastRetention(job: Job, nowMs: number): boolean {
  return nowMs >= job.createdAt + LIMITS.retentionSeconds * 1000;
}

function locationOf(job: Job): string {
  return `/api/links/${job.jobId}`;
}

export const KEY_REUSED: Refusal = {
  problem: 'idempotency_key_reused',
  reason: 'another fingerprint stands under this key',
  detail: 'This idempotency key was used with another body. Use a new key for a new request.',
};

function unknownPool(account: Account): Refusal {
  const message = `must be one of ${account.pools.join(', ')}`;
  return { problem: 'validation_failed', reason: 'unknown pool', errors: [{ path: '/pool', message }] };
}
