// What each route takes and gives when it does not refuse: one row for each, which the compiler asks for.
import type * as z from 'zod/mini';
import type { RouteName } from '../../api/routes.ts';
import { REPEAT_HEADER } from '../../protocol/http-message.ts';
import { linkQuery } from '../model/schemas.ts';
import type { SchemaName } from './components.ts';
import * as examples from './examples.ts';

export interface Operation {
  readonly summary: string;
  readonly description?: string;
  /** The schema of the query string. */
  readonly query?: z.ZodMiniType;
  /** Headers that may be there, beside those of the signature. */
  readonly headers?: readonly RequestHeader[];
  readonly body?: Body;
  readonly answers: readonly Success[];
}

interface RequestHeader {
  readonly name: string;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** Without a schema any JSON will do, also none. */
interface Body {
  readonly schema?: SchemaName;
  readonly example: unknown;
}

export type SuccessHeader = 'Location' | 'Idempotent-Replayed' | 'RateLimit-Policy' | 'RateLimit' | 'Retry-After';

export interface Success {
  readonly status: 200 | 202;
  readonly description: string;
  /** Of a JSON answer. */
  readonly schema?: SchemaName;
  /** Of an answer that no schema of ours describes. */
  readonly mediaType?: string;
  readonly headers?: readonly SuccessHeader[];
  readonly example?: unknown;
}

const job = (description: string, example: unknown): Success => ({ status: 200, description, schema: 'Job', example });

export const OPERATIONS: Readonly<Record<RouteName, Operation>> = {
  submitLink: {
    summary: 'Submit one job',
    description: 'The idempotency key makes a repeat harmless: sign the same body anew and send it again.',
    body: { schema: 'LinkSubmission', example: examples.submission },
    answers: [
      {
        status: 202,
        description: 'The job is kept and will be done.',
        schema: 'Job',
        headers: ['Location', 'RateLimit-Policy', 'RateLimit'],
        example: examples.queuedJob,
      },
      {
        status: 200,
        description: 'A repeat: the job as it stands.',
        schema: 'Job',
        headers: ['Location', 'Idempotent-Replayed'],
        example: examples.queuedJob,
      },
    ],
  },
  submitBatch: {
    summary: 'Submit many jobs',
    description:
      'Each is judged alone, as if it had come alone: what is wrong with one is said in its item. Where the quota is not enough for all, the first get it.',
    body: { schema: 'LinkBatch', example: examples.batch },
    answers: [
      {
        status: 200,
        description:
          'What became of each, in order. `RateLimit` and its policy come when the batch has a new job, `Retry-After` when an item may be handed in again after that time: the shortest of theirs.',
        schema: 'BatchResponse',
        headers: ['RateLimit-Policy', 'RateLimit', 'Retry-After'],
        example: examples.batchOutcome,
      },
    ],
  },
  cancelLink: {
    summary: 'Cancel a job',
    description: 'Canceling twice is canceling once.',
    body: { schema: 'LinkCancellation', example: examples.cancellation },
    answers: [job('The canceled job.', examples.canceledJob)],
  },
  deleteLink: {
    summary: 'Cancel a job, for keys that sign method and path',
    description: 'The other keys POST to /api/links/cancel, unless their operator allowed this.',
    answers: [job('The canceled job.', examples.canceledJob)],
  },
  listLinks: {
    summary: 'List jobs, newest first',
    description:
      'A page may be empty and still have a cursor: go on while there is one. Queued jobs say why they wait.',
    query: linkQuery,
    answers: [{ status: 200, description: 'A page of jobs.', schema: 'JobList', example: examples.jobList }],
  },
  getLink: {
    summary: 'Read a job with its result',
    description: 'While it is queued, `pendingReason` says why.',
    answers: [job('The job as it stands.', examples.completedJob)],
  },
  getEvidence: {
    summary: 'Read the evidence of a completed job',
    answers: [{ status: 200, description: 'The compact JWS that the agent signed.', mediaType: 'application/jose' }],
  },
  getTimeline: {
    summary: 'Read what happened to a job',
    description:
      'As far as it is kept: the lease that runs, or the work that was done, and every attempt at each endpoint.',
    answers: [{ status: 200, description: 'The events.', schema: 'TimelineResponse', example: examples.timeline }],
  },
  checkAuth: {
    summary: 'Check a signature; makes nothing',
    description: 'Any body will do. A refusal for the signature shows the bytes that must be signed.',
    body: { example: { hello: 'relay' } },
    answers: [
      {
        status: 200,
        description: 'How the signature was understood.',
        schema: 'AuthCheck',
        example: examples.authCheck,
      },
    ],
  },
  getQuota: {
    summary: 'Read limits and what is used of them; takes nothing',
    answers: [{ status: 200, description: 'Both windows.', schema: 'Quota', example: examples.quota }],
  },
  enrollAgent: {
    summary: 'Enrol an agent',
    description:
      'Signed under tag="signet-enroll" by the key in the body; keyid is the SHA-256 of its 32 bytes, in base64url.',
    body: { schema: 'EnrollRequest', example: examples.enrollment },
    answers: [
      { status: 200, description: 'The agent’s identity.', schema: 'EnrollResponse', example: examples.enrolled },
    ],
  },
  pullJobs: {
    summary: 'Report results, keep leases, take jobs',
    description:
      'A pull whose answer was lost is sent again byte for byte: it gets the leases that the first one took and that still run, and takes none. Name a job once among `results`: `accepted` and `rejected` name jobs.',
    headers: [
      {
        name: REPEAT_HEADER,
        description: 'These bytes were sent before. Not signed.',
        schema: { const: '1' },
      },
    ],
    body: { schema: 'PullRequest', example: examples.pull },
    answers: [
      { status: 200, description: 'Jobs, and when to come back.', schema: 'PullResponse', example: examples.pulled },
    ],
  },
  openApi: {
    summary: 'This document',
    answers: [{ status: 200, description: 'An OpenAPI 3.1 document.', mediaType: 'application/json' }],
  },
  health: {
    summary: 'Say that the relay answers',
    answers: [{ status: 200, description: 'It answers.', schema: 'Health', example: examples.healthy }],
  },
};
