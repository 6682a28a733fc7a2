// The schemas of all answers, each held to its type in both directions. Read by the description of the API alone.
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

/** Without `readonly`, which schemas do not have. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? unknown : never;

/** The schema as it is. A field that the type has and the schema has not, or the reverse, does not compile. */
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
    ready: z.boolean().check(z.describe('The conclusion is `valid` and `validUntil` is not past.')),
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
        'Why a queued job waits, where it is read or listed; answers to submissions do not say it.',
        ...Object.entries(PENDING_REASONS).map(([code, meaning]) => `\`${code}\`: ${meaning}`),
        'Agents are known to be online as of up to five minutes ago.',
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
    cursor: z.optional(text.check(z.describe('Send it back for the next page. Absent on the last one.'))),
  }),
);

const byAgent = { at: time, agentId: text, fence: count };

export const timelineEvent = schemaOf<TimelineEvent>()(
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('accepted'), at: time }),
    z.object({
      type: z.literal('sent'),
      at: time,
      resends: count.check(z.describe('How often more it was sent since, because nobody had taken it.')),
    }),
    z.object({ type: z.literal('leased'), ...byAgent, leaseUntil: time }),
    z.object({ type: z.literal('started'), ...byAgent }),
    z.object({ type: z.literal('reported'), ...byAgent, conclusion, reason }),
    z.object({
      type: z.enum(['canceled', 'expired', 'failed']),
      at: time,
      reason: z.optional(text),
      agentId: z.optional(text.check(z.describe('Who had it last, if it was not given back.'))),
      fence: count,
    }),
    z.object({
      type: z.literal('delivery'),
      at: time,
      endpointId: text,
      eventId: text,
      eventType: text,
      attempt: z.int().check(z.positive(), z.describe('1 for the first.')),
      state: text,
      outcome: text.check(z.describe('The receiver’s status, or what kept us from one.')),
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
    accepted: z.array(text.check(z.describe('A job whose result was taken.'))),
    rejected: z.array(z.object({ jobId: text, code: text })),
    renewed: z.array(leaseView),
    jobs: z.array(leasedJob),
    nextPollSeconds: z.number().check(z.gte(0)),
    pace: text.check(z.describe('Send it back unread with the next poll.')),
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
    clockOffsetSeconds: z.number().check(z.describe('Positive when the sender’s clock is ahead.')),
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
    code: text.check(z.meta({ enum: keysOf(PROBLEMS), description: 'Stable: a code never changes its meaning.' })),
    error: z.optional(text.check(z.describe('The code once more, for VouchersX callers.'))),
    detail: z.optional(text),
    retryable: z.boolean().check(z.describe('The same intent, signed anew, may succeed later.')),
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
    status: z.int().check(z.describe('That of the answer, had it come alone.')),
    job: z.optional(jobView),
    problem: z.optional(problem),
  }),
);

export const batchResponse = schemaOf<BatchResponse>()(z.object({ items: z.array(batchItem) }));
