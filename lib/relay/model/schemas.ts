// The schemas of all bodies: strict and disjoint, so that a body signed for one route fits no other. And of queries.
import * as z from 'zod/mini';
import { LIMITS } from '../../api/limits.ts';
import { JOB_ID } from '../../protocol/grammar.ts';
import {
  type EnrollRequest,
  JOB_STATES,
  type JobState,
  type Lease,
  type LinkSubmission,
  type PullRequest,
} from '../../protocol/messages.ts';

/** Counted in code points, by zod as by JSON Schema. */
const text = (maximum: number) => z.string().check(z.minLength(1), z.maxLength(maximum));
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '');

export const POOL_NAME = /^[a-z0-9]{1,20}$/;

const linkContext = z.strictObject({
  userAgent: z.optional(text(512)),
  referer: z.optional(text(1024)),
  acceptLanguage: z.optional(text(128)),
  proxy: z.optional(text(1024)),
  browser: z.optional(text(64)),
});

export const linkSubmission: z.ZodMiniType<LinkSubmission> = z
  .strictObject({
    idempotencyKey: text(LIMITS.idempotencyKeyCharacters).check(
      z.describe('Names the job within the account. Any Unicode; compared as it is, without normalization.'),
    ),
    trackingUrl: z.string().check(
      z.refine((url) => Buffer.byteLength(url) <= LIMITS.trackingUrlBytes, {
        error: `may be at most ${LIMITS.trackingUrlBytes} bytes long`,
      }),
      // A schema cannot count bytes; there are never more characters than bytes.
      z.meta({
        maxLength: LIMITS.trackingUrlBytes,
        description: 'http or https, without credentials. Counted in bytes.',
      }),
    ),
    source: text(LIMITS.sourceCharacters),
    rowId: text(LIMITS.rowIdCharacters),
    expectedDomain: z.optional(text(253)),
    pool: z.optional(z.string().check(z.regex(POOL_NAME))),
    context: z.optional(linkContext),
    metadata: z.optional(
      z
        .record(z.string(), z.unknown())
        .check(
          z.describe(`Comes back with the job. With context at most ${LIMITS.contextAndMetadataBytes} bytes of JSON.`),
        ),
    ),
  })
  .check(
    z.refine(({ context, metadata }) => bytes(context) + bytes(metadata) <= LIMITS.contextAndMetadataBytes, {
      path: ['metadata'],
      error: `may be at most ${LIMITS.contextAndMetadataBytes} bytes of JSON together with context`,
    }),
  );

/** A batch of such items. */
export function batchOf<T>(item: z.ZodMiniType<T>): z.ZodMiniType<{ readonly jobs: readonly T[] }> {
  return z.strictObject({ jobs: z.array(item).check(z.minLength(1), z.maxLength(LIMITS.batchJobs)) });
}

/** Body of `POST /api/links/fetch/batch`, but for its items: each of them is judged alone. */
export const linkBatch = batchOf(z.unknown());

/** Body of `POST /api/links/cancel`. */
export interface LinkCancellation {
  readonly jobId: string;
}

export const linkCancellation: z.ZodMiniType<LinkCancellation> = z.strictObject({
  jobId: z.string().check(z.regex(JOB_ID)),
});

/** Query of `GET /api/links`. No profile but rfc9421 signs it: it may choose among one's own jobs, and nothing more. */
export interface LinkQuery {
  readonly state?: JobState | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly since?: string | undefined;
  readonly cursor?: string | undefined;
}

export const linkQuery: z.ZodMiniType<LinkQuery> = z.strictObject({
  state: z.optional(z.enum(JOB_STATES, { error: `must be one of ${JOB_STATES.join(', ')}` })),
  idempotencyKey: z.optional(text(LIMITS.idempotencyKeyCharacters)),
  since: z.optional(z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-22T12:00:00Z' })),
  cursor: z.optional(z.string()),
});

const lease: z.ZodMiniType<Lease> = z.strictObject({
  jobId: z.string().check(z.regex(JOB_ID)),
  createdAt: z.iso.datetime(),
  fence: z.int().check(z.positive()),
  leaseUntil: z.iso.datetime(),
  receipt: text(2048),
});

export const pullRequest: z.ZodMiniType<PullRequest> = z.strictObject({
  want: z.int().check(z.gte(0), z.lte(LIMITS.pullJobs)),
  waitSeconds: z.optional(z.int().check(z.gte(0), z.lte(LIMITS.pullWaitSeconds))),
  pace: z.optional(text(64)),
  results: z.optional(z.array(z.strictObject({ lease, jws: text(2 * 65_536) })).check(z.maxLength(LIMITS.pullResults))),
  renew: z.optional(z.array(lease).check(z.maxLength(LIMITS.pullJobs))),
  release: z.optional(z.array(lease).check(z.maxLength(LIMITS.pullJobs))),
});

export const enrollRequest: z.ZodMiniType<EnrollRequest> = z.strictObject({
  token: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/)),
  publicKey: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/)),
  name: z.optional(text(64)),
});
