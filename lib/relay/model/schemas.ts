// The schemas of request bodies and queries. Bodies are strict and disjoint: a body signed for one route fits no other.
import * as z from 'zod/mini';
import { LIMITS } from '../../api/limits.ts';
import { JOB_ID } from '../../protocol/grammar.ts';
import {
  type AgentStatement,
  type EnrollRequest,
  JOB_STATES,
  type JobState,
  type Lease,
  type LinkSubmission,
  type PullRequest,
} from '../../protocol/messages.ts';
import { findHostFault } from './host-name.ts';

/** A text of 1 to `maximum` characters. Both zod and JSON Schema count code points. */
const text = (maximum: number) => z.string().check(z.minLength(1), z.maxLength(maximum));
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '');

/** The form of a pool's name. It becomes part of a queue's name. */
export const POOL_NAME = /^[a-z0-9]{1,20}$/;

const linkContext = z.strictObject({
  userAgent: z.optional(text(512)),
  referer: z.optional(text(1024)),
  acceptLanguage: z.optional(text(128)),
  proxy: z.optional(text(1024)),
  browser: z.optional(text(64)),
});

/** The body of `POST /api/links/fetch`, and each item of a batch. */
export const linkSubmission: z.ZodMiniType<LinkSubmission> = z
  .strictObject({
    idempotencyKey: text(LIMITS.idempotencyKeyCharacters).check(
      z.describe(
        'Identifies the job within the account. Any Unicode text is allowed. It is compared exactly, without normalization.',
      ),
    ),
    trackingUrl: z.string().check(
      z.refine((url) => Buffer.byteLength(url) <= LIMITS.trackingUrlBytes, {
        error: `must be at most ${LIMITS.trackingUrlBytes} bytes long`,
      }),
      // JSON Schema cannot count bytes. A text never has more characters than bytes, so `maxLength` refuses nothing valid.
      z.meta({
        maxLength: LIMITS.trackingUrlBytes,
        description: 'An http or https URL without credentials. Its length is counted in bytes.',
      }),
    ),
    source: text(LIMITS.sourceCharacters),
    rowId: text(LIMITS.rowIdCharacters),
    expectedDomain: z.optional(
      z.string().check(
        z.refine((host) => findHostFault(host) === undefined, { error: ({ input }) => findHostFault(String(input)) }),
        z.meta({
          minLength: 1,
          maxLength: 253,
          description:
            'A domain or host: a name of at least one label, in ASCII or international letters, or an IP address. No scheme, port, path or wildcard.',
        }),
      ),
    ),
    pool: z.optional(z.string().check(z.regex(POOL_NAME))),
    context: z.optional(linkContext),
    metadata: z.optional(
      z
        .record(z.string(), z.unknown())
        .check(
          z.describe(
            `Returned with the job, unchanged. \`context\` and \`metadata\` together have at most ${LIMITS.contextAndMetadataBytes} bytes of JSON.`,
          ),
        ),
    ),
  })
  .check(
    z.refine(({ context, metadata }) => bytes(context) + bytes(metadata) <= LIMITS.contextAndMetadataBytes, {
      path: ['metadata'],
      error: `must be at most ${LIMITS.contextAndMetadataBytes} bytes of JSON together with context`,
    }),
  );

/** Returns the schema of a batch whose items have the given schema. */
export function batchOf<T>(item: z.ZodMiniType<T>): z.ZodMiniType<{ readonly jobs: readonly T[] }> {
  return z.strictObject({ jobs: z.array(item).check(z.minLength(1), z.maxLength(LIMITS.batchJobs)) });
}

/** The body of `POST /api/links/fetch/batch`, except for its items, which are checked one by one. */
export const linkBatch = batchOf(z.unknown());

/** The body of `POST /api/links/cancel`. */
export interface LinkCancellation {
  readonly jobId: string;
}

export const linkCancellation: z.ZodMiniType<LinkCancellation> = z.strictObject({
  jobId: z.string().check(z.regex(JOB_ID)),
});

/**
 * The query of `GET /api/links`. Untrusted even under a valid signature, because only rfc9421 signs the query. So it may
 * only select among the account's own jobs.
 */
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

/** An instance id: at least 96 bits, so that no two starts make the same. */
const INSTANCE = /^[A-Za-z0-9_-]{16,64}$/;

const agentStatement: z.ZodMiniType<AgentStatement> = z.strictObject({
  instance: z
    .string()
    .check(
      z.regex(INSTANCE),
      z.describe(
        'Made at each start of the agent. An instance that was not seen before replaces the current one, which is refused from then on.',
      ),
    ),
  version: text(32),
  platform: text(64),
  host: text(255),
  concurrency: z.int().check(z.gte(1), z.lte(LIMITS.leasesPerAgent)),
  capabilities: z.array(text(64)).check(z.maxLength(32)),
  lastError: z.optional(text(255)),
  state: text(32),
  note: z.optional(text(255)),
});

/** The body of `POST /agent/pull`. */
export const pullRequest: z.ZodMiniType<PullRequest> = z.strictObject({
  want: z.int().check(z.gte(0), z.lte(LIMITS.pullJobs)),
  waitSeconds: z.optional(
    z
      .int()
      .check(
        z.gte(0),
        z.lte(LIMITS.pullWaitSeconds),
        z.describe('Accepted from older agents and ignored: the relay never waits for work.'),
      ),
  ),
  pace: z.optional(text(64)),
  results: z.optional(z.array(z.strictObject({ lease, jws: text(2 * 65_536) })).check(z.maxLength(LIMITS.pullResults))),
  renew: z.optional(z.array(lease).check(z.maxLength(LIMITS.pullJobs))),
  release: z.optional(z.array(lease).check(z.maxLength(LIMITS.pullJobs))),
  agent: z.optional(agentStatement),
});

/** The body of `POST /agent/enroll`. */
export const enrollRequest: z.ZodMiniType<EnrollRequest> = z.strictObject({
  token: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/)),
  publicKey: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/)),
  name: z.optional(text(64)),
});
