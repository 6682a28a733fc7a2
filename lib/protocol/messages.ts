// The JSON bodies that travel between partner, relay, agent and consumer. Times are RFC 3339 in UTC.

import type { Suspicion } from './diagnosis/suspicions.ts';
import type { Conclusion, Reason } from './evidence/evidence.ts';
import type { PendingReason } from './pending-reasons.ts';

/** How the agent should look to the target. All of it is the partner's text: untrusted. */
export interface LinkContext {
  readonly userAgent?: string | undefined;
  readonly referer?: string | undefined;
  readonly acceptLanguage?: string | undefined;
  readonly proxy?: string | undefined;
  readonly browser?: string | undefined;
}

/** Body of `POST /api/links/fetch`. */
export interface LinkSubmission {
  readonly idempotencyKey: string;
  readonly trackingUrl: string;
  readonly source: string;
  readonly rowId: string;
  readonly expectedDomain?: string | undefined;
  readonly pool?: string | undefined;
  readonly context?: LinkContext | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

export const JOB_STATES = ['queued', 'leased', 'completed', 'canceled', 'expired', 'failed'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** What an agent found, as the partner reads it. */
export interface ResultView {
  readonly conclusion: Conclusion;
  readonly reason: Reason;
  readonly finalUrl?: string | undefined;
  readonly error?: string | undefined;
  readonly skipReason?: string | undefined;
  /** `conclusion` is `valid` and `validUntil` is not past. */
  readonly ready: boolean;
  readonly checkedAt: string;
  readonly validUntil: string;
  readonly agentId: string;
  readonly hopCount: number;
}

/** A job as the partner, the webhook consumer and (without `result`) the agent read it. */
export interface JobView extends Omit<LinkSubmission, 'pool'> {
  readonly jobId: string;
  readonly state: JobState;
  /** Of a queued job that its partner reads: why no agent has it yet. Answers to submissions do not say it. */
  readonly pendingReason?: PendingReason | undefined;
  readonly pool: string;
  readonly attempts: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deadlineAt: string;
  readonly result?: ResultView | undefined;
}

/** What became of one job of a batch, as if it had come alone: `job` with 200 or 202, else `problem`. */
export interface BatchItem {
  readonly status: number;
  readonly job?: JobView | undefined;
  readonly problem?: ProblemDocument | undefined;
}

/** Answer of `POST /api/links/fetch/batch`: one item for each that came, in order. */
export interface BatchResponse {
  readonly items: readonly BatchItem[];
}

/** One thing that happened to a job. */
export type TimelineEvent = { readonly at: string } & (
  | { readonly type: 'accepted' }
  /** To the agents' queue. `resends`: how often more it was sent since, because nobody had taken it. */
  | { readonly type: 'sent'; readonly resends: number }
  /** Of the lease that runs now; earlier ones are not kept. */
  | { readonly type: 'leased'; readonly agentId: string; readonly fence: number; readonly leaseUntil: string }
  /** By the agent's own clock, as its evidence says. */
  | { readonly type: 'started'; readonly agentId: string; readonly fence: number }
  | {
      readonly type: 'reported';
      readonly agentId: string;
      readonly fence: number;
      readonly conclusion: Conclusion;
      readonly reason: Reason;
    }
  /** `agentId` is the agent that had it last, if it had not given it back. */
  | {
      readonly type: 'canceled' | 'expired' | 'failed';
      readonly reason?: string | undefined;
      readonly agentId?: string | undefined;
      readonly fence: number;
    }
  /** One attempt at one endpoint; `state` is how the delivery stood after it. */
  | {
      readonly type: 'delivery';
      readonly endpointId: string;
      readonly eventId: string;
      readonly eventType: string;
      /** 1 for the first. */
      readonly attempt: number;
      readonly state: string;
      /** The receiver's status, or what kept us from one. */
      readonly outcome: string;
    }
);

/** Answer of `GET /api/links/{jobId}/timeline`: each follows from those before it. */
export interface TimelineResponse {
  readonly events: readonly TimelineEvent[];
}

/** The right to work on a job until `leaseUntil`. `fence` grows with every lease; `receipt` is opaque. */
export interface Lease {
  readonly jobId: string;
  readonly createdAt: string;
  readonly fence: number;
  readonly leaseUntil: string;
  readonly receipt: string;
}

/** One finished job in a pull: the lease it was done under and the evidence, a compact JWS. */
export interface ResultReport {
  readonly lease: Lease;
  readonly jws: string;
}

/** What an agent says of itself with each pull. Untrusted text, for the operator to read. */
export interface AgentStatement {
  /** Made at each start of the agent. Tells two programs with the same identity apart. */
  readonly instance: string;
  readonly version: string;
  readonly platform: string;
  /** The name of its desktop. */
  readonly host: string;
  /** How many jobs it works on at the same time. */
  readonly concurrency: number;
  /** What it can do beyond following redirects, such as `browser`. */
  readonly capabilities: readonly string[];
  /** The code of the last thing that went wrong. */
  readonly lastError?: string | undefined;
  /** `running`, or what else it does. */
  readonly state: string;
  readonly note?: string | undefined;
}

/** Body of `POST /agent/pull`. `pace` is what the last answer gave, sent back unread. */
export interface PullRequest {
  readonly want: number;
  /** Of agents before version 0.2. Ignored: the relay never waits for work. */
  readonly waitSeconds?: number | undefined;
  readonly pace?: string | undefined;
  readonly results?: readonly ResultReport[] | undefined;
  readonly renew?: readonly Lease[] | undefined;
  readonly release?: readonly Lease[] | undefined;
  /** Absent from agents before version 0.2. */
  readonly agent?: AgentStatement | undefined;
}

export interface LeasedJob {
  readonly lease: Lease;
  readonly job: JobView;
}

export interface PullResponse {
  readonly accepted: readonly string[];
  readonly rejected: readonly { readonly jobId: string; readonly code: string }[];
  readonly renewed: readonly Lease[];
  readonly jobs: readonly LeasedJob[];
  readonly nextPollSeconds: number;
  readonly pace: string;
  readonly serverTime: string;
}

/**
 * Body of `POST /agent/enroll`, signed under the tag `signet-enroll` by the key it brings.
 * `publicKey` is the raw 32-byte Ed25519 key in base64url without padding.
 */
export interface EnrollRequest {
  readonly token: string;
  readonly publicKey: string;
  readonly name?: string | undefined;
}

/** `agentId` is also the key id that the agent signs with. */
export interface EnrollResponse {
  readonly agentId: string;
  readonly accountId: string;
  readonly pool: string;
  readonly labels: readonly string[];
  readonly serverTime: string;
}

export const EVENT_TYPES = [
  'link.resolved',
  'link.failed',
  'link.expired',
  'link.canceled',
  'endpoint.disabled',
  'quota.warning',
  'endpoint.test',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];
export type JobEventType = Extract<EventType, `link.${string}`>;

/** Body of a webhook. `id` is the same on every attempt and every rebuild. */
interface EventOf<Type extends EventType, Data> {
  readonly id: string;
  readonly type: Type;
  readonly timestamp: string;
  readonly data: Data;
}

/** A job ended. */
export type JobEvent = EventOf<JobEventType, { readonly job: JobView }>;

/** Most of a month's jobs are used: once for an account and month. */
export type QuotaEvent = EventOf<'quota.warning', { readonly quota: QuotaNotice; readonly job?: undefined }>;

/** About an endpoint. */
export type EndpointEvent = EventOf<
  Exclude<EventType, JobEventType | 'quota.warning'>,
  Readonly<Record<string, unknown>> & { readonly job?: undefined }
>;

/** `type` tells them apart. */
export type WebhookEvent = JobEvent | QuotaEvent | EndpointEvent;

/** What the relay saw of a request: lengths, and SHA-256 in hex. The same for keys that exist and keys that do not. */
export interface SawBytes {
  readonly bodyBytes: number;
  readonly bodySha256: string;
  readonly signedContentBytes: number;
  readonly signedContentSha256: string;
}

/** The bytes that must have been signed: `\n`, `\r`, `\t`, `\\` and `\xNN` stand for what is not printable ASCII. */
export interface ShownContent {
  readonly escaped: string;
  /** False when only the beginning is shown. */
  readonly isWhole: boolean;
}

/** The answer of `POST /api/auth/check` to a request whose signature holds. */
export interface AuthCheck {
  readonly keyId: string;
  readonly profile: string;
  readonly algorithm: string;
  /** Of the sender's clock; positive when it is ahead. */
  readonly clockOffsetSeconds: number;
  readonly saw: SawBytes;
  readonly signedContent: ShownContent;
  readonly serverTime: string;
}

/** One window of the quota. A unit is a job. */
export interface QuotaWindowView {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  readonly resetsAt: string;
}

/** A month of the quota as it stood when the warning was given. */
export interface QuotaNotice extends QuotaWindowView {
  /** The month, as in `2026-11`. */
  readonly window: string;
}

/** The answer of `GET /api/quota`. */
export interface QuotaView {
  readonly month: QuotaWindowView;
  readonly minute: QuotaWindowView;
}

/** A refusal: `application/problem+json` (RFC 9457). */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  /** The code once more, for VouchersX callers. */
  readonly error?: string | undefined;
  readonly detail?: string | undefined;
  readonly retryable: boolean;
  readonly requestId: string;
  readonly serverTime: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[] | undefined;
  /** Of a clock that is off: positive when the sender's is ahead. */
  readonly clockOffsetSeconds?: number | undefined;
  /** With every `signature_invalid`: compare it with what you sent. */
  readonly saw?: SawBytes | undefined;
  /** The well-known mistake that explains the refusal, if one does. */
  readonly suspicion?: Suspicion | undefined;
  /** From the dry run alone: the bytes that must have been signed. */
  readonly signedContent?: ShownContent | undefined;
}
