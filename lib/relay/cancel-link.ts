// Canceling: the partner's word ends a job that nobody has finished, whether an agent is at work on it or not.
import { JOB_ID } from '../protocol/grammar.ts';
import type { PartnerCall } from './front-door.ts';
import { giveBackIfUnused } from './give-back.ts';
import { jsonResponse, type Refusal, type RelayResponse } from './http-response.ts';
import { viewJob } from './job-view.ts';
import { parseJsonBody } from './json-body.ts';
import { LIMITS } from './limits.ts';
import type { JobStore, Journal, QuotaLedger } from './ports.ts';
import { isOwn, NO_SUCH_JOB } from './read-link.ts';
import type { Job } from './records.ts';
import { linkCancellation } from './schemas.ts';

export interface CancelPorts {
  readonly jobs: JobStore;
  readonly quota: QuotaLedger;
  readonly journal: Journal;
}

/** Serves `POST /api/links/cancel`, whose body says which job under every profile. */
export async function cancelLink(ports: CancelPorts, call: PartnerCall): Promise<RelayResponse | Refusal> {
  const body = parseJsonBody(linkCancellation, call.request.body);
  return body.ok ? cancel(ports, call, body.value.jobId) : body;
}

/** Serves `DELETE /api/links/{jobId}`. */
export async function deleteLink(ports: CancelPorts, call: PartnerCall): Promise<RelayResponse | Refusal> {
  return cancel(ports, call, call.parameters['jobId'] ?? '');
}

/** Canceling twice is one cancel. A lost race brings along what stands there, which is then judged in turn. */
async function cancel(ports: CancelPorts, call: PartnerCall, jobId: string): Promise<RelayResponse | Refusal> {
  let job = JOB_ID.test(jobId) ? await ports.jobs.find(jobId) : undefined;
  for (let tries = 0; tries < LIMITS.cancelTries; tries += 1) {
    if (!isOwn(job, call)) return NO_SUCH_JOB;
    if (job.state === 'canceled') return jsonResponse(200, viewJob(job, call.nowMs));
    if (job.state !== 'queued' && job.state !== 'leased') return finished(job);
    const change = await ports.jobs.end(job, { state: 'canceled', reason: REASON, nowMs: call.nowMs });
    if (change.done) return wrapUp(ports, call, change.job);
    job = change.job;
  }
  return KEEPS_CHANGING;
}

/** The reason in the row and in the log. */
const REASON = 'partner_asked';

/** The one write that took effect is here once, so the unit is given back at most once. */
async function wrapUp(ports: CancelPorts, call: PartnerCall, job: Job): Promise<RelayResponse> {
  const { accountId, jobId, state } = job;
  ports.journal.record({ event: 'job.ended', accountId, jobId, state, reason: REASON });
  await giveBackIfUnused(ports, job, call.nowMs);
  return jsonResponse(200, viewJob(job, call.nowMs));
}

function finished({ state }: Job): Refusal {
  return {
    problem: 'job_finished',
    reason: `the job is ${state}`,
    detail: `The job has ended already: it is ${state}. Read it with GET /api/links/{jobId}.`,
  };
}

const KEEPS_CHANGING: Refusal = {
  problem: 'dependency_unavailable',
  reason: `the job changed ${LIMITS.cancelTries} times while it was to be canceled`,
  detail: 'The job is changing at this moment. Cancel it again.',
  headers: { 'retry-after': '1' },
};
