// Lists an account's jobs, newest first, in pages. The account always comes from the caller's key.

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

/** Serves `GET /api/links`. A page holds at most `LIMITS.listedJobs` jobs, and a cursor when there may be more. */
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

/** Reads rows until the page is full, the account has no more jobs, or `LIMITS.listExaminedRows` rows were examined. */
async function readPage(history: JobHistory, accountId: string, input: Input): Promise<JobPage> {
  const jobs: Job[] = [];
  let before = input.before;
  for (let examined = 0; examined < LIMITS.listExaminedRows; examined += TUNING.listRowsPerRead) {
    const rows = await history.readPage(accountId, { sinceMs: input.sinceMs, before, limit: TUNING.listRowsPerRead });
    const matching = rows.jobs.filter((job) => matches(job, input));
    const room = LIMITS.listedJobs - jobs.length;
    jobs.push(...matching.slice(0, room));
    if (matching.length > room) return { jobs, next: jobs.at(-1) };
    before = rows.next;
    if (!before || jobs.length === LIMITS.listedJobs) break;
  }
  return { jobs, next: before };
}

/** Reads a single job by its id. The id is derived from the idempotency key, so no list needs to be read. */
async function readOne(jobs: ListPorts['jobs'], jobId: string, input: Input): Promise<JobPage> {
  const job = await jobs.find(jobId);
  return { jobs: job && matches(job, input) ? [job] : [], next: undefined };
}

function matches(job: Job, { state, sinceMs, before }: Input): boolean {
  const isBehind = !before || positionOf(job) < positionOf(before);
  return isBehind && job.createdAt >= sinceMs && (state === undefined || job.state === state);
}

/**
 * Returns the time from which jobs are listed, in epoch milliseconds. It is no earlier than the retention period, because
 * older jobs count as deleted even if their rows still exist, and no later than tomorrow.
 */
function sinceOf(since: string | undefined, nowMs: number): number {
  const oldest = nowMs - LIMITS.retentionSeconds * 1000 + 1;
  const tomorrow = nowMs + 24 * 3600 * 1000;
  return Math.min(Math.max(since === undefined ? oldest : Date.parse(since), oldest), tomorrow);
}

/** Returns the job's place in the list. Positions sort as text in the order in which the index keeps an account's jobs. */
function positionOf({ createdAt, jobId }: JobRef): string {
  return `${new Date(createdAt).toISOString()}#${jobId}`;
}

function writeCursor(last: JobRef): string {
  return ENCODINGS.base64url.encode(Buffer.from(positionOf(last)));
}

/**
 * Returns the position that an untrusted cursor holds, or undefined if `writeCursor` cannot have made it. A cursor holds
 * no account, so a forged cursor gives no access to another account's jobs.
 */
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
  errors: [{ path: '/cursor', message: 'must be a cursor that a list returned, unchanged' }],
};
