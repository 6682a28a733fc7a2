// An account's jobs, newest first, a page at a time. Whose jobs they are says the key alone.

import { LIMITS } from '../../api/limits.ts';
import { ENCODINGS } from '../../protocol/encoding.ts';
import { JOB_ID } from '../../protocol/grammar.ts';
import type { JobState } from '../../protocol/messages.ts';
import { parseQuery } from '../http/query-string.ts';
import type { PartnerCall } from '../http/request-pipeline.ts';
import { jsonResponse, type Refusal, type RelayResponse } from '../model/http-response.ts';
import { deriveJobId } from '../model/job-identity.ts';
import type { JobHistory, JobPage, JobRef, JobStore } from '../model/ports.ts';
import type { Job } from '../model/records.ts';
import { linkQuery } from '../model/schemas.ts';
import { TUNING } from '../model/tuning.ts';
import { type ViewingPorts, viewJobs } from './view-jobs.ts';

export interface ListPorts extends ViewingPorts {
  readonly jobs: Pick<JobStore, 'find'>;
  readonly history: JobHistory;
}

interface Input {
  readonly state: JobState | undefined;
  readonly sinceMs: number;
  readonly before: JobRef | undefined;
}

/** Serves `GET /api/links`. */
export async function listLinks(ports: ListPorts, call: PartnerCall): Promise<RelayResponse | Refusal> {
  const query = parseQuery(linkQuery, call.request.query);
  if (!query.ok) return query;
  const { state, idempotencyKey, since, cursor } = query.value;
  const before = cursor === undefined ? undefined : readCursor(cursor);
  if (cursor !== undefined && !before) return BAD_CURSOR;
  const input = { state, sinceMs: sinceOf(since, call.nowMs), before };
  const page = await (idempotencyKey === undefined
    ? readPage(ports.history, call.account.accountId, input)
    : readOne(ports.jobs, deriveJobId(call.account.accountId, idempotencyKey), input));
  const jobs = await viewJobs(ports, call, page.jobs);
  return jsonResponse(200, { jobs, cursor: page.next && writeCursor(page.next) });
}

/** Rows until the page is full, the account's jobs are at their end, or enough were looked at. */
async function readPage(history: JobHistory, accountId: string, input: Input): Promise<JobPage> {
  const jobs: Job[] = [];
  let before = input.before;
  for (let examined = 0; examined < LIMITS.listExaminedRows; examined += TUNING.listRowsPerRead) {
    const rows = await history.readPage(accountId, { sinceMs: input.sinceMs, before, limit: TUNING.listRowsPerRead });
    const fitting = rows.jobs.filter((job) => fits(job, input));
    const room = LIMITS.listedJobs - jobs.length;
    jobs.push(...fitting.slice(0, room));
    if (fitting.length > room) return { jobs, next: jobs.at(-1) };
    before = rows.next;
    if (!before || jobs.length === LIMITS.listedJobs) break;
  }
  return { jobs, next: before };
}

/** A job's id follows from its key, so there is nothing to look through. */
async function readOne(jobs: ListPorts['jobs'], jobId: string, input: Input): Promise<JobPage> {
  const job = await jobs.find(jobId);
  return { jobs: job && fits(job, input) ? [job] : [], next: undefined };
}

function fits(job: Job, { state, sinceMs, before }: Input): boolean {
  const isBehind = !before || positionOf(job) < positionOf(before);
  return isBehind && job.createdAt >= sinceMs && (state === undefined || job.state === state);
}

/** Older jobs are gone, whether their rows are deleted yet or not. No list needs to look past tomorrow. */
function sinceOf(since: string | undefined, nowMs: number): number {
  const oldest = nowMs - LIMITS.retentionSeconds * 1000 + 1;
  const tomorrow = nowMs + 24 * 3600 * 1000;
  return Math.min(Math.max(since === undefined ? oldest : Date.parse(since), oldest), tomorrow);
}

/** Sorts as text, as the jobs of an account are kept. */
function positionOf({ createdAt, jobId }: JobRef): string {
  return `${new Date(createdAt).toISOString()}#${jobId}`;
}

function writeCursor(last: JobRef): string {
  return ENCODINGS.base64url.encode(Buffer.from(positionOf(last)));
}

/** Undefined unless it is one that `writeCursor` gives. It names a place and no account: it opens nothing. */
function readCursor(text: string): JobRef | undefined {
  const position = ENCODINGS.base64url.decode(text)?.toString('latin1') ?? '';
  const [time = '', jobId = ''] = position.split('#');
  const createdAt = /^\d{4}-/.test(time) ? Date.parse(time) : Number.NaN;
  if (!JOB_ID.test(jobId) || Number.isNaN(createdAt)) return undefined;
  return positionOf({ createdAt, jobId }) === position ? { createdAt, jobId } : undefined;
}

const BAD_CURSOR: Refusal = {
  problem: 'validation_failed',
  reason: '/cursor',
  errors: [{ path: '/cursor', message: 'must be one that a list gave, unchanged' }],
};
