// Admission of a batch: each submission gets the outcome that it would get alone, with far fewer calls to AWS.

import { LIMITS } from '../../api/limits.ts';
import { PROBLEMS } from '../../api/problems.ts';
import { vouchersxErrorOf } from '../../api/vouchersx-errors.ts';
import type { BatchItem, BatchResponse } from '../../protocol/messages.ts';
import { checkJson, checkJsonPart, type ParsedBody, readJson } from '../http/json-body.ts';
import type { PartnerCall } from '../http/request-pipeline.ts';
import { jsonResponse, problemDocument, type Refusal, type RelayResponse } from '../model/http-response.ts';
import { viewJob } from '../model/job-view.ts';
import type { Job } from '../model/records.ts';
import { linkBatch, linkSubmission } from '../model/schemas.ts';
import { type AdmissionPorts, KEY_REUSED, prepareJob } from './admit-job.ts';
import { type AdmissionsByJob, admitMany } from './admit-many.ts';

/** Serves `POST /api/links/fetch/batch`. The request is verified and its one-time value is claimed. */
export async function submitBatch(ports: AdmissionPorts, call: PartnerCall): Promise<RelayResponse | Refusal> {
  const submissions = parseBatch(call.request.body);
  if (!submissions.ok) return submissions;
  const prepared = submissions.value.map((submission) => prepareItem(ports, call, submission));
  const { admissions, headers } = await admitMany(ports, call, prepared.filter(isJob));
  const outcomes = prepared.map((item) => (isJob(item) ? outcomeOf(item, admissions) : item));
  for (const [index, outcome] of outcomes.entries()) record(ports, call, outcome, index);
  const items = outcomes.map((outcome) => viewOutcome(outcome, call));
  return jsonResponse(200, { items } satisfies BatchResponse, { ...headers, ...retryAfter(outcomes) });
}

/** Checks everything but the items. Of those it checks only the number. */
function parseBatch(body: Uint8Array): ParsedBody<readonly unknown[]> {
  const read = readJson(body, LIMITS.batchJsonDepth);
  if (!read.ok) return read;
  const { jobs } = Object(read.value) as { jobs?: unknown };
  if (!Array.isArray(jobs)) return toItems(checkJson(linkBatch, read.value), []);
  // The items are left out of this check, because a fault in one item must not refuse the others.
  return toItems(checkJson(linkBatch, { ...(read.value as object), jobs: jobs.map(() => null) }), jobs);
}

const toItems = (checked: ParsedBody<unknown>, value: readonly unknown[]) =>
  checked.ok ? { ok: true as const, value } : checked;

function prepareItem(ports: AdmissionPorts, call: PartnerCall, submission: unknown): Job | Refusal {
  const item = checkJsonPart(linkSubmission, submission);
  return item.ok ? prepareJob(ports, call, item.value) : item;
}

const isJob = (item: Job | Refusal): item is Job => 'jobId' in item;

type Outcome = { readonly status: 200 | 202; readonly job: Job } | Refusal;

/** Only the first item of an idempotency key creates a job. Later items of the batch repeat it, or have another body. */
function outcomeOf(item: Job, admissions: AdmissionsByJob): Outcome {
  const admission = admissions.get(item.jobId);
  if (!admission) throw new Error(`The batch has no admission of ${item.jobId}.`);
  if (admission.kind === 'refused') return admission.refusal;
  if (admission.job.fingerprint !== item.fingerprint) return KEY_REUSED;
  if (admission.job !== item) return { status: 200, job: admission.job };
  return (admission.kind === 'created' && admission.unsent) || { status: 202, job: admission.job };
}

/** Returns the shortest wait of all items. After that time at least one of them may succeed. */
function retryAfter(outcomes: readonly Outcome[]): { readonly 'retry-after'?: string } {
  const waits = outcomes.flatMap((outcome) => ('problem' in outcome && outcome.headers?.['retry-after']) || []);
  return waits.length > 0 ? { 'retry-after': String(Math.min(...waits.map(Number))) } : {};
}

function viewOutcome(outcome: Outcome, { nowMs, request, verified }: PartnerCall): BatchItem {
  if (!('problem' in outcome)) return { status: outcome.status, job: viewJob(outcome.job, nowMs) };
  const errorOf = verified.key.profile === 'vouchersx' ? vouchersxErrorOf : undefined;
  const problem = problemDocument(outcome, { requestId: request.requestId, nowMs, errorOf });
  return { status: PROBLEMS[outcome.problem].status, problem };
}

function record({ eventLog }: AdmissionPorts, { request }: PartnerCall, outcome: Outcome, item: number): void {
  if ('problem' in outcome) {
    const { problem, reason } = outcome;
    eventLog.record({ event: 'item.refused', requestId: request.requestId, item, problem, reason });
    return;
  }
  const { accountId, jobId, pool } = outcome.job;
  if (outcome.status === 200) eventLog.record({ event: 'job.repeated', accountId, jobId });
  else eventLog.record({ event: 'job.admitted', accountId, jobId, pool });
}
