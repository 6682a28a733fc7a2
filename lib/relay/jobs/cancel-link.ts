// The two routes with which a partner cancels one of its jobs.

import { JOB_ID } from '../../protocol/grammar.ts';
import { parseJsonBody } from '../http/json-body.ts';
import type { PartnerCall } from '../http/request-pipeline.ts';
import { jsonResponse, type Refusal, type RelayResponse } from '../model/http-response.ts';
import { viewJob } from '../model/job-view.ts';
import type { JobStore } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { linkCancellation } from '../model/schemas.ts';
import { TUNING } from '../model/tuning.ts';
import { type CancelPorts, cancelJob } from './cancel-job.ts';
import { isOwn, NO_SUCH_JOB } from './read-link.ts';

export interface CancelLinkPorts extends CancelPorts {
  readonly jobs: JobStore;
}

/** Serves `POST /api/links/cancel`. The body names the job, because some profiles do not sign the path. */
export async function cancelLink(ports: CancelLinkPorts, call: PartnerCall): Promise<RelayResponse | Refusal> {
  const body = parseJsonBody(linkCancellation, call.request.body);
  return body.ok ? cancel(ports, call, body.value.jobId) : body;
}

/** Serves `DELETE /api/links/{jobId}`. The path names the job. */
export async function deleteLink(ports: CancelLinkPorts, call: PartnerCall): Promise<RelayResponse | Refusal> {
  return cancel(ports, call, call.parameters['jobId'] ?? '');
}

async function cancel(ports: CancelLinkPorts, call: PartnerCall, jobId: string): Promise<RelayResponse | Refusal> {
  const job = JOB_ID.test(jobId) ? await ports.jobs.find(jobId) : undefined;
  if (!isOwn(job, call)) return NO_SUCH_JOB;
  const ended = await cancelJob(ports, job, { reason: 'partner_asked', nowMs: call.nowMs });
  if (ended.kind === 'keeps_changing') return KEEPS_CHANGING;
  if (ended.kind === 'missing' || !isOwn(ended.job, call)) return NO_SUCH_JOB;
  return ended.kind === 'canceled' ? jsonResponse(200, viewJob(ended.job, call.nowMs)) : finished(ended.job);
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
  reason: `the job changed ${TUNING.cancelTries} times while we tried to cancel it`,
  detail: 'The job changed while we tried to cancel it. Send the cancel again.',
  headers: { 'retry-after': '1' },
};
