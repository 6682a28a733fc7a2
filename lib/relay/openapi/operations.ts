// The operations: what each route accepts, and what it answers on success. The compiler demands a row for every route.
import type * as z from 'zod/mini';
import type { RouteName } from '../../api/routes.ts';
import { REPEAT_HEADER } from '../../protocol/http-message.ts';
import { linkQuery } from '../model/schemas.ts';
import type { SchemaName } from './components.ts';
import * as examples from './examples.ts';

/** The description of one route. */
export interface Operation {
  readonly summary: string;
  readonly description?: string;
  /** The schema of the query string. */
  readonly query?: z.ZodMiniType;
  /** Optional request headers, apart from those of the signature. */
  readonly headers?: readonly RequestHeader[];
  readonly body?: Body;
  readonly answers: readonly Success[];
}

interface RequestHeader {
  readonly name: string;
  readonly description: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** A request body. Without a schema the body may be any JSON, or empty. */
interface Body {
  readonly schema?: SchemaName;
  readonly example: unknown;
}

export type SuccessHeader =
  | 'ETag'
  | 'Cache-Control'
  | 'Location'
  | 'Idempotent-Replayed'
  | 'RateLimit-Policy'
  | 'RateLimit'
  | 'Retry-After';

/** An answer to a request that is not refused. */
export interface Success {
  /** A 304 has no body. */
  readonly status: 200 | 202 | 304;
  readonly description: string;
  /** The schema of a JSON answer. */
  readonly schema?: SchemaName;
  /** The media type of an answer without a named schema. */
  readonly mediaType?: string;
  readonly headers?: readonly SuccessHeader[];
  readonly example?: unknown;
}

const job = (description: string, example: unknown): Success => ({ status: 200, description, schema: 'Job', example });

/** The operations by route. */
export const OPERATIONS: Readonly<Record<RouteName, Operation>> = {
  submitLink: {
    summary: 'Submit one job',
    description:
      'To retry, sign the same body again and send it. The idempotency key identifies the job, so a repeat creates no second one.',
    body: { schema: 'LinkSubmission', example: examples.submission },
    answers: [
      {
        status: 202,
        description: 'The job is stored and queued.',
        schema: 'Job',
        headers: ['Location', 'RateLimit-Policy', 'RateLimit'],
        example: examples.queuedJob,
      },
      {
        status: 200,
        description: 'A repeat. The answer is the existing job in its present state.',
        schema: 'Job',
        headers: ['Location', 'Idempotent-Replayed'],
        example: examples.queuedJob,
      },
    ],
  },
  submitBatch: {
    summary: 'Submit many jobs',
    description:
      'Each job gets the outcome that it would get in a request of its own, in the item with its index. If the quota is not enough for all jobs, the first ones get it.',
    body: { schema: 'LinkBatch', example: examples.batch },
    answers: [
      {
        status: 200,
        description:
          'The outcome of each job, in order. `RateLimit` and `RateLimit-Policy` are present if the batch has a new job. `Retry-After` is present if an item may be retried, and is the shortest wait of all items.',
        schema: 'BatchResponse',
        headers: ['RateLimit-Policy', 'RateLimit', 'Retry-After'],
        example: examples.batchOutcome,
      },
    ],
  },
  cancelLink: {
    summary: 'Cancel a job',
    description: 'A job that is canceled already is answered like the first cancel.',
    body: { schema: 'LinkCancellation', example: examples.cancellation },
    answers: [job('The canceled job.', examples.canceledJob)],
  },
  deleteLink: {
    summary: 'Cancel a job (for keys whose profile signs method and path)',
    description: 'With other keys use POST /api/links/cancel, unless the operator has allowed this route for the key.',
    answers: [job('The canceled job.', examples.canceledJob)],
  },
  listLinks: {
    summary: 'List jobs, newest first',
    description:
      'A page may be empty and still have a cursor. Continue as long as there is a cursor. Queued jobs have a `pendingReason`.',
    query: linkQuery,
    answers: [{ status: 200, description: 'A page of jobs.', schema: 'JobList', example: examples.jobList }],
  },
  getLink: {
    summary: 'Read a job with its result',
    description: 'A queued job has a `pendingReason`, which says why it waits.',
    answers: [job('The job in its present state.', examples.completedJob)],
  },
  getEvidence: {
    summary: 'Read the evidence of a completed job',
    answers: [{ status: 200, description: 'The compact JWS that the agent signed.', mediaType: 'application/jose' }],
  },
  getTimeline: {
    summary: 'Read the timeline of a job',
    description:
      'The stored events: the admission, the present lease or the reported result, and every delivery attempt at each endpoint.',
    answers: [{ status: 200, description: 'The events.', schema: 'TimelineResponse', example: examples.timeline }],
  },
  checkAuth: {
    summary: 'Check a signature without creating anything',
    description: 'The body may be anything. If the signature is wrong, the answer shows the bytes that must be signed.',
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
    summary: 'Read the quota: limits and use',
    answers: [{ status: 200, description: 'The month and the minute.', schema: 'Quota', example: examples.quota }],
  },
  enrollAgent: {
    summary: 'Enrol an agent',
    description:
      'The request is signed with the key in its body and has tag="signet-enroll". Its keyid is the SHA-256 of the 32 bytes of the public key, in base64url.',
    body: { schema: 'EnrollRequest', example: examples.enrollment },
    answers: [
      { status: 200, description: 'The agent’s identity.', schema: 'EnrollResponse', example: examples.enrolled },
    ],
  },
  pullJobs: {
    summary: 'Report results, renew or release leases, get jobs',
    description:
      'If an answer is lost, send the same bytes again: the answer then has the leases of the first pull that are still live, and no new ones. Report each job only once in `results`, because `accepted` and `rejected` list job ids.',
    headers: [
      {
        name: REPEAT_HEADER,
        description: 'Says that the same bytes were sent before. Not signed.',
        schema: { const: '1' },
      },
    ],
    body: { schema: 'PullRequest', example: examples.pull },
    answers: [
      {
        status: 200,
        description: 'Leased jobs, and the time of the next poll.',
        schema: 'PullResponse',
        example: examples.pulled,
      },
    ],
  },
  openApi: {
    summary: 'Read this document',
    headers: [
      {
        name: 'If-None-Match',
        description: 'The `ETag` of a document that the caller has.',
        schema: { type: 'string' },
      },
    ],
    answers: [
      {
        status: 200,
        description: 'An OpenAPI 3.1 document.',
        mediaType: 'application/json',
        headers: ['ETag', 'Cache-Control'],
      },
      { status: 304, description: 'The caller has this document.', headers: ['ETag', 'Cache-Control'] },
    ],
  },
  health: {
    summary: 'Check that the relay answers',
    answers: [{ status: 200, description: 'The relay answers.', schema: 'Health', example: examples.healthy }],
  },
};
