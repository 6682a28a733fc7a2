// Admission of many submissions at once: each has the outcome that it would have alone, for a fraction of the calls.

import { LIMITS } from '../../api/limits.ts';
import { PROBLEMS } from '../../api/problems.ts';
import type { BatchItem, BatchResponse } from '../../protocol/messages.ts';
import { checkJson, checkJsonPart, type ParsedBody, readJson } from '../http/json-body.ts';
import type { PartnerCall } from '../http/request-pipeline.ts';
import { jsonResponse, problemDocument, type Refusal, type RelayResponse } from '../model/http-response.ts';
import { viewJob } from '../model/job-view.ts';
import type { Job } from '../model/records.ts';
import { linkBatch, linkSubmission } from '../model/schemas.ts';
import { type AdmissionPorts, KEY_REUSED, prepareJob } from './admit-job.ts';
import { type AdmissionsByJob, admitMany } from './admit-many.ts';

/** Serves `POST /api/links/fetch/batch`. The one-time value is claimed already. */
export async function submitBatch(ports: AdmissionPorts, call: PartnerCall): Promise<RelayResponse | Refusal> {
  const submissions = parseBatch(call.request.body);
  if (!submissions.ok) return submissions;
  const wanted = submissions.value.map((submission) => prepareItem(ports, call, submission));
  const { admissions, headers } = await admitMany(ports, call, wanted.filter(isJob));
  const outcomes = wanted.map((job) => (isJob(job) ? judge(job, admissions) : job));
  for (const [index, outcome] of outcomes.entries()) record(ports, call, outcome, index);
  const items = outcomes.map((outcome) => viewOutcome(outcome, call));
  return jsonResponse(200, { items } satisfies BatchResponse, { ...headers, ...retryAfter(outcomes) });
}

/** What is around the items must be right; of the items, only how many there are. */
function parseBatch(body: Uint8Array): ParsedBody<readonly unknown[]> {
  const read = readJson(body, LIMITS.batchJsonDepth);
  if (!read.ok) return read;
  const { jobs } = Object(read.value) as { jobs?: unknown };
  if (!Array.isArray(jobs)) return toItems(checkJson(linkBatch, read.value), []);
  // Left out while the rest is judged: what is wrong in an item is that item's own.
  return toItems(checkJson(linkBatch, { ...(read.value as object), jobs: jobs.map(() => null) }), jobs);
}

const toItems = (checked: ParsedBody<unknown>, value: readonly unknown[]) =>
  checked.ok ? { ok: true as const, value } : checked;

function prepareItem(ports: AdmissionPorts, call: PartnerCall, submission: unknown): Job | Refusal {
  const item = checkJsonPart(linkSubmission, submission);
  return item.ok ? prepareJob(ports, call, item.value) : item;
}

const isJob = (one: Job | Refusal): one is Job => 'jobId' in one;

type Outcome = { readonly status: 200 | 202; readonly job: Job } | Refusal;

/** The first of a key's items may have made the job; what comes behind it in the batch repeats it, or is another. */
function judge(wanted: Job, admissions: AdmissionsByJob): Outcome {
  const one = admissions.get(wanted.jobId);
  if (!one) throw new Error(`Nothing became of ${wanted.jobId}.`);
  if (one.kind === 'refused') return one.refusal;
  if (one.job.fingerprint !== wanted.fingerprint) return KEY_REUSED;
  if (one.job !== wanted) return { status: 200, job: one.job };
  return (one.kind === 'made' && one.unsent) || { status: 202, job: one.job };
}

/** The answer has one head for all: from then on one of them at least may be taken, and those that are not say it again. */
function retryAfter(outcomes: readonly Outcome[]): { readonly 'retry-after'?: string } {
  const waits = outcomes.flatMap((outcome) => ('problem' in outcome && outcome.headers?.['retry-after']) || []);
  return waits.length > 0 ? { 'retry-after': String(Math.min(...waits.map(Number))) } : {};
}

function viewOutcome(outcome: Outcome, { nowMs, request, verified }: PartnerCall): BatchItem {
  if (!('problem' in outcome)) return { status: outcome.status, job: viewJob(outcome.job, nowMs) };
  const repeatsCodeAsError = verified.key.profile === 'vouchersx';
  const problem = problemDocument(outcome, { requestId: request.requestId, nowMs, repeatsCodeAsError });
  return { status: PROBLEMS[outcome.problem].status, problem };
}

/** A reason may quote names that a sender chose. */
const LOGGED_REASON_CHARACTERS = 100;

function record({ eventLog }: AdmissionPorts, { request }: PartnerCall, outcome: Outcome, item: number): void {
  if ('problem' in outcome) {
    const reason = outcome.reason.slice(0, LOGGED_REASON_CHARACTERS);
    eventLog.record({ event: 'item.refused', requestId: request.requestId, item, problem: outcome.problem, reason });
    return;
  }
  const { accountId, jobId, pool } = outcome.job;
  if (outcome.status === 200) eventLog.record({ event: 'job.repeated', accountId, jobId });
  else eventLog.record({ event: 'job.admitted', accountId, jobId, pool });
}
