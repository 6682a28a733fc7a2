// The schemas of all responses, for the OpenAPI document. The compiler checks that each schema has exactly its type's fields.
import * as z from 'zod/mini';
import { PROBLEMS } from '../../api/problems.ts';
import { SUSPICIONS, type Suspicion } from '../../protocol/diagnosis/suspicions.ts';
import { type Conclusion, REASONS_BY_CONCLUSION, type Reason } from '../../protocol/evidence/evidence.ts';
import {
  type AuthCheck,
  type BatchItem,
  type BatchResponse,
  type EnrollResponse,
  JOB_STATES,
  type JobView,
  type Lease,
  type LeasedJob,
  type LinkContext,
  type ProblemDocument,
  type PullResponse,
  type QuotaView,
  type QuotaWindowView,
  type ResultView,
  type SawBytes,
  type ShownContent,
  type TimelineEvent,
  type TimelineResponse,
} from '../../protocol/messages.ts';
import { PENDING_REASONS, type PendingReason } from '../../protocol/pending-reasons.ts';

/** The type without `readonly`, which schemas cannot express. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? unknown : never;

/** Returns the schema unchanged. Does not compile when a field is in the schema or in the type, but not in both. */
function schemaOf<T>() {
  return <S extends z.ZodMiniType>(schema: S & Same<Plain<z.output<S>>, Plain<T>>): S => schema;
}

const keysOf = <K extends string>(table: Readonly<Record<K, unknown>>) => Object.keys(table) as K[];
const text = z.string();
const time = z.iso.datetime();
const count = z.int().check(z.gte(0));
const conclusion = z.enum(keysOf<Conclusion>(REASONS_BY_CONCLUSION));
const reason = z.enum(Object.values(REASONS_BY_CONCLUSION).flat() as Reason[]);
const sha256Hex = z.string().check(z.regex(/^[0-9a-f]{64}$/));

export const linkContextView = schemaOf<LinkContext>()(
  z.object({
    userAgent: z.optional(text),
    referer: z.optional(text),
    acceptLanguage: z.optional(text),
    proxy: z.optional(text),
    browser: z.optional(text),
  }),
);

export const resultView = schemaOf<ResultView>()(
  z.object({
    conclusion,
    reason,
    finalUrl: z.optional(text),
    error: z.optional(text),
    skipReason: z.optional(text),
    ready: z.boolean().check(z.describe('True while the conclusion is `valid` and `validUntil` is in the future.')),
    checkedAt: time,
    validUntil: time,
    agentId: text,
    hopCount: count,
  }),
);

const pendingReason = z
  .enum(keysOf<PendingReason>(PENDING_REASONS))
  .check(
    z.describe(
      [
        'Why a queued job waits. Present when a job is read or listed, absent in answers to submissions.',
        ...Object.entries(PENDING_REASONS).map(([code, meaning]) => `\`${code}\`: ${meaning}`),
        'What is known of agents may be up to five minutes old.',
      ].join('\n'),
    ),
  );

export const jobView = schemaOf<JobView>()(
  z.object({
    jobId: text,
    state: z.enum(JOB_STATES),
    pendingReason: z.optional(pendingReason),
    idempotencyKey: text,
    trackingUrl: text,
    source: text,
    rowId: text,
    expectedDomain: z.optional(text),
    pool: text,
    context: z.optional(linkContextView),
    metadata: z.optional(z.record(z.string(), z.unknown())),
    attempts: count,
    createdAt: time,
    updatedAt: time,
    deadlineAt: time,
    result: z.optional(resultView),
  }),
);

/** A page of `GET /api/links`. */
export interface JobList {
  readonly jobs: readonly JobView[];
  readonly cursor?: string | undefined;
}

export const jobList = schemaOf<JobList>()(
  z.object({
    jobs: z.array(jobView),
    cursor: z.optional(text.check(z.describe('Send it as `cursor` to get the next page. Absent on the last page.'))),
  }),
);

const byAgent = { at: time, agentId: text, fence: count };

export const timelineEvent = schemaOf<TimelineEvent>()(
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('accepted'), at: time }),
    z.object({
      type: z.literal('sent'),
      at: time,
      resends: count.check(z.describe('How many times it was sent again because no agent had leased it.')),
    }),
    z.object({ type: z.literal('leased'), ...byAgent, leaseUntil: time }),
    z.object({ type: z.literal('started'), ...byAgent }),
    z.object({ type: z.literal('reported'), ...byAgent, conclusion, reason }),
    z.object({
      type: z.enum(['canceled', 'expired', 'failed']),
      at: time,
      reason: z.optional(text),
      agentId: z.optional(text.check(z.describe('The agent that held the last lease, unless it released the job.'))),
      fence: count,
    }),
    z.object({
      type: z.literal('delivery'),
      at: time,
      endpointId: text,
      eventId: text,
      eventType: text,
      attempt: z.int().check(z.positive(), z.describe('The number of the attempt. The first is 1.')),
      state: text,
      outcome: text.check(z.describe('The status that the receiver answered with, or why there was no answer.')),
    }),
  ]),
);

export const timelineResponse = schemaOf<TimelineResponse>()(z.object({ events: z.array(timelineEvent) }));

export const quotaWindow = schemaOf<QuotaWindowView>()(
  z.object({ limit: count, used: count, remaining: count, resetsAt: time }),
);

export const quotaView = schemaOf<QuotaView>()(z.object({ month: quotaWindow, minute: quotaWindow }));

export const leaseView = schemaOf<Lease>()(
  z.object({ jobId: text, createdAt: time, fence: count, leaseUntil: time, receipt: text }),
);

export const leasedJob = schemaOf<LeasedJob>()(z.object({ lease: leaseView, job: jobView }));

export const pullResponse = schemaOf<PullResponse>()(
  z.object({
    accepted: z.array(text.check(z.describe('The id of a job whose result was accepted.'))),
    rejected: z.array(z.object({ jobId: text, code: text })),
    renewed: z.array(leaseView),
    jobs: z.array(leasedJob),
    nextPollSeconds: z.number().check(z.gte(0)),
    pace: text.check(z.describe('Opaque. Send it unchanged with the next poll.')),
    serverTime: time,
  }),
);

export const enrollResponse = schemaOf<EnrollResponse>()(
  z.object({ agentId: text, accountId: text, pool: text, labels: z.array(text), serverTime: time }),
);

export const sawBytes = schemaOf<SawBytes>()(
  z.object({
    bodyBytes: count,
    bodySha256: sha256Hex,
    signedContentBytes: count,
    signedContentSha256: sha256Hex,
  }),
);

export const shownContent = schemaOf<ShownContent>()(z.object({ escaped: text, isWhole: z.boolean() }));

export const authCheck = schemaOf<AuthCheck>()(
  z.object({
    keyId: text,
    profile: text,
    algorithm: text,
    clockOffsetSeconds: z.number().check(z.describe('Positive when the caller’s clock is ahead.')),
    saw: sawBytes,
    signedContent: shownContent,
    serverTime: time,
  }),
);

export const health = z.object({ status: z.literal('ok'), serverTime: time });

export const problem = schemaOf<ProblemDocument>()(
  z.object({
    type: text,
    title: text,
    status: z.int(),
    code: text.check(z.meta({ enum: keysOf(PROBLEMS), description: 'Stable. A code never changes its meaning.' })),
    error: z.optional(
      text.check(z.describe('For VouchersX callers: the code of their scheme, or the code if the scheme has none.')),
    ),
    detail: z.optional(text),
    retryable: z
      .boolean()
      .check(z.describe('True: the same request may succeed later. Sign it again with a fresh timestamp and nonce.')),
    requestId: text,
    serverTime: time,
    errors: z.optional(z.array(z.object({ path: text.check(z.describe('A JSON pointer.')), message: text }))),
    clockOffsetSeconds: z.optional(z.number()),
    saw: z.optional(sawBytes),
    suspicion: z.optional(z.enum(keysOf<Suspicion>(SUSPICIONS))),
    signedContent: z.optional(shownContent),
  }),
);

export const batchItem = schemaOf<BatchItem>()(
  z.object({
    status: z.int().check(z.describe('The HTTP status that the job would have got in a request of its own.')),
    job: z.optional(jobView),
    problem: z.optional(problem),
  }),
);

export const batchResponse = schemaOf<BatchResponse>()(z.object({ items: z.array(batchItem) }));
