// The JSON bodies that partner, relay, agent and consumer exchange. Times are RFC 3339 in UTC.

import type { Suspicion } from './diagnosis/suspicions.ts';
import type { Conclusion, Reason } from './evidence/evidence.ts';
import type { PendingReason } from './pending-reasons.ts';

/** How the agent presents itself to the target. Every field is the partner's text and untrusted. */
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

/** The states of a job. The first two are open; the others are terminal. */
export const JOB_STATES = ['queued', 'leased', 'completed', 'canceled', 'expired', 'failed'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** An agent's result, as the partner reads it. */
export interface ResultView {
  readonly conclusion: Conclusion;
  readonly reason: Reason;
  readonly finalUrl?: string | undefined;
  readonly error?: string | undefined;
  readonly skipReason?: string | undefined;
  /** True when `conclusion` is `valid` and `validUntil` is in the future. */
  readonly ready: boolean;
  readonly checkedAt: string;
  readonly validUntil: string;
  readonly agentId: string;
  readonly hopCount: number;
}

/** A job, as the partner and the webhook consumer read it. An agent reads it without `result`. */
export interface JobView extends Omit<LinkSubmission, 'pool'> {
  readonly jobId: string;
  readonly state: JobState;
  /** Why no agent has leased this queued job yet. Only reads carry it; answers to submissions do not. */
  readonly pendingReason?: PendingReason | undefined;
  readonly pool: string;
  readonly attempts: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deadlineAt: string;
  readonly result?: ResultView | undefined;
}

/** The answer for one job of a batch, as if it were submitted alone: `job` with status 200 or 202, else `problem`. */
export interface BatchItem {
  readonly status: number;
  readonly job?: JobView | undefined;
  readonly problem?: ProblemDocument | undefined;
}

/** Answer of `POST /api/links/fetch/batch`: one item for each submitted job, in order. */
export interface BatchResponse {
  readonly items: readonly BatchItem[];
}

/** One step in the life of a job. */
export type TimelineEvent = { readonly at: string } & (
  | { readonly type: 'accepted' }
  /** The job was enqueued. `resends` counts the later sends, made because no agent had leased it. */
  | { readonly type: 'sent'; readonly resends: number }
  /** The current lease. Earlier leases are not recorded. */
  | { readonly type: 'leased'; readonly agentId: string; readonly fence: number; readonly leaseUntil: string }
  /** `at` is the time of the agent's clock, taken from its evidence. */
  | { readonly type: 'started'; readonly agentId: string; readonly fence: number }
  | {
      readonly type: 'reported';
      readonly agentId: string;
      readonly fence: number;
      readonly conclusion: Conclusion;
      readonly reason: Reason;
    }
  /** `agentId` is the agent with the last lease. It is absent if that agent released the job. */
  | {
      readonly type: 'canceled' | 'expired' | 'failed';
      readonly reason?: string | undefined;
      readonly agentId?: string | undefined;
      readonly fence: number;
    }
  /** One attempt at one endpoint. `state` is the state of the delivery after it. */
  | {
      readonly type: 'delivery';
      readonly endpointId: string;
      readonly eventId: string;
      readonly eventType: string;
      /** 1 for the first attempt. */
      readonly attempt: number;
      readonly state: string;
      /** The endpoint's HTTP status, or why there is none. */
      readonly outcome: string;
    }
);

/** Answer of `GET /api/links/{jobId}/timeline`, in causal order: no event comes before its cause. */
export interface TimelineResponse {
  readonly events: readonly TimelineEvent[];
}

/** The right to work on a job until `leaseUntil`. `fence` increases with every lease. `receipt` is opaque. */
export interface Lease {
  readonly jobId: string;
  readonly createdAt: string;
  readonly fence: number;
  readonly leaseUntil: string;
  readonly receipt: string;
}

/** One finished job in a pull. */
export interface ResultReport {
  /** The lease under which the agent did the job. */
  readonly lease: Lease;
  /** The evidence, a compact JWS. */
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

/** Body of `POST /agent/pull`. `pace` repeats the value of the last answer; the agent does not read it. */
export interface PullRequest {
  readonly want: number;
  /** Sent by older agents. Ignored: the relay never waits for work. */
  readonly waitSeconds?: number | undefined;
  readonly pace?: string | undefined;
  readonly results?: readonly ResultReport[] | undefined;
  readonly renew?: readonly Lease[] | undefined;
  readonly release?: readonly Lease[] | undefined;
  /** Absent from older agents. */
  readonly agent?: AgentStatement | undefined;
}

/** A job that an agent may work on, with its lease. */
export interface LeasedJob {
  readonly lease: Lease;
  readonly job: JobView;
}

/** Answer of `POST /agent/pull`. */
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
 * Body of `POST /agent/enroll`. The key in `publicKey` signs the request, under the tag `signet-enroll`.
 * `publicKey` is the raw 32-byte Ed25519 key in base64url without padding.
 */
export interface EnrollRequest {
  readonly token: string;
  readonly publicKey: string;
  readonly name?: string | undefined;
}

/** Answer of `POST /agent/enroll`. `agentId` is also the key id with which the agent signs. */
export interface EnrollResponse {
  readonly agentId: string;
  readonly accountId: string;
  readonly pool: string;
  readonly labels: readonly string[];
  readonly serverTime: string;
}

/** The types of webhook events. */
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

/** Body of a webhook. `id` is the same in every attempt, also after the event was rebuilt from the table. */
interface EventOf<Type extends EventType, Data> {
  readonly id: string;
  readonly type: Type;
  readonly timestamp: string;
  readonly data: Data;
}

/** The event of a job that reached a terminal state. */
export type JobEvent = EventOf<JobEventType, { readonly job: JobView }>;

/** The event that warns of a monthly quota that is mostly used. An account gets it at most once a month. */
export type QuotaEvent = EventOf<'quota.warning', { readonly quota: QuotaNotice; readonly job?: undefined }>;

/** An event about an endpoint. */
export type EndpointEvent = EventOf<
  Exclude<EventType, JobEventType | 'quota.warning'>,
  Readonly<Record<string, unknown>> & { readonly job?: undefined }
>;

/** Any webhook event. `type` discriminates the union. */
export type WebhookEvent = JobEvent | QuotaEvent | EndpointEvent;

/**
 * What the relay received: lengths, and SHA-256 in hex.
 * The relay answers with it for unknown keys too, so it does not reveal whether a key exists.
 */
export interface SawBytes {
  readonly bodyBytes: number;
  readonly bodySha256: string;
  readonly signedContentBytes: number;
  readonly signedContentSha256: string;
}

/** The signed content that the relay expects, made printable. */
export interface ShownContent {
  /** Printable ASCII. The escapes `\n`, `\r`, `\t`, `\\` and `\xNN` replace every other byte. */
  readonly escaped: string;
  /** False when `escaped` has only the beginning. */
  readonly isWhole: boolean;
}

/** Answer of `POST /api/auth/check` to a request with a valid signature. */
export interface AuthCheck {
  readonly keyId: string;
  readonly profile: string;
  readonly algorithm: string;
  /** The caller's clock minus the relay's: positive when the caller's clock is ahead. */
  readonly clockOffsetSeconds: number;
  readonly saw: SawBytes;
  readonly signedContent: ShownContent;
  readonly serverTime: string;
}

/** One window of the quota. One unit is one job. */
export interface QuotaWindowView {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  readonly resetsAt: string;
}

/** The monthly quota at the time of the warning. */
export interface QuotaNotice extends QuotaWindowView {
  /** The month, as in `2026-11`. */
  readonly window: string;
}

/** Answer of `GET /api/quota`. */
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
  /** The code in the words of VouchersX. Only its callers get it, because their clients read this field. */
  readonly error?: string | undefined;
  readonly detail?: string | undefined;
  readonly retryable: boolean;
  readonly requestId: string;
  readonly serverTime: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[] | undefined;
  /** The caller's clock minus the relay's. Present when the time of signing is out of range. */
  readonly clockOffsetSeconds?: number | undefined;
  /** Comes with every `signature_invalid`, so that the caller can compare it with what was sent. */
  readonly saw?: SawBytes | undefined;
  /** The well-known mistake that explains the refusal, if the relay found one. */
  readonly suspicion?: Suspicion | undefined;
  /** The signed content that the relay expects. Only `POST /api/auth/check` shows it. */
  readonly signedContent?: ShownContent | undefined;
}
