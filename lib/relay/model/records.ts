// The records that the relay stores. Times are epoch milliseconds unless the name says otherwise.
import type { Conclusion, Reason } from '../../protocol/evidence/evidence.ts';
import type { AgentStatement, JobState, LinkSubmission } from '../../protocol/messages.ts';
import type { InboundProfileId, OutboundProfileId } from '../../protocol/profiles/profiles.ts';

/** A tenant of the relay. */
export interface Account {
  readonly accountId: string;
  readonly name: string;
  /** `suspended`: partners are refused, and agents only finish the jobs they hold. `deleting`: every request is refused. */
  readonly state: 'active' | 'suspended' | 'deleting';
  /** When the state last changed. Absent: it never changed, or it changed before the relay recorded this. */
  readonly stateSince?: number | undefined;
  readonly jobsPerMonth: number;
  /** Absent: `LIMITS.jobsPerMinute`. */
  readonly jobsPerMinute?: number | undefined;
  /** Signed requests of each key. Absent: `LIMITS.requestsPerMinute`, or `LIMITS.agentRequestsPerMinute` for agents. */
  readonly requestsPerMinute?: number | undefined;
  readonly jobDeadlineSeconds: number;
  readonly resultFreshnessSeconds: number;
  /** The first one is the default pool. */
  readonly pools: readonly [string, ...string[]];
}

interface VersionFacts {
  readonly version: number;
  /** When the version stops being accepted. Absent: no end is set. */
  readonly endsAt?: number | undefined;
  /** Absent in old rows, which were written without it. */
  readonly createdAt?: number | undefined;
}

/** A version whose secret is derived from a master of the key ring. */
export interface DerivedVersion extends VersionFacts {
  /** The number of the master. */
  readonly master: number;
}

/** A version whose secret was imported. */
export interface ImportedVersion extends VersionFacts {
  /** The name of the secret in Secrets Manager. */
  readonly imported: string;
}

/** One secret of a key or an endpoint: where it comes from, and until when it is accepted. */
export type SecretVersion = DerivedVersion | ImportedVersion;

/** The current version first. */
export type SecretVersions = readonly [SecretVersion, ...SecretVersion[]];

interface RevocableKey {
  /** When the key was revoked. Absent while it may be used. A revocation is never undone. */
  readonly revokedAt?: number | undefined;
}

interface PartnerKeyFacts extends RevocableKey {
  readonly kind: 'partner';
  readonly keyId: string;
  readonly accountId: string;
  /** True: the operator allows a DELETE with this key, although its profile signs neither method nor path. */
  readonly allowUnboundDelete?: boolean | undefined;
  /** When each version was last used, to the hour. A public key is version 1. A version that was never used is absent. */
  readonly lastUsedAt?: Readonly<Record<string, number>> | undefined;
}

/** A partner's key whose secret the partner and the relay share. */
export interface PartnerSecretKey extends PartnerKeyFacts {
  readonly profile: InboundProfileId;
  readonly versions: SecretVersions;
}

/** A partner's key whose private half only the partner has. */
export interface PartnerPublicKey extends PartnerKeyFacts {
  readonly profile: 'rfc9421';
  /** The 32 raw bytes of an Ed25519 public key, in base64url. */
  readonly publicKey: string;
}

export type PartnerKey = PartnerSecretKey | PartnerPublicKey;

/** The key that an agent signs with. Its `keyId` is the agent's id. */
export interface AgentKey extends RevocableKey {
  readonly kind: 'agent';
  readonly keyId: string;
  readonly accountId: string;
  readonly profile: 'rfc9421';
  /** The 32 raw bytes of an Ed25519 public key, in base64url. */
  readonly publicKey: string;
  readonly pool: string;
  /** Set by the operator. A paused agent may report and renew, but gets no new jobs. Absent: active. */
  readonly state?: 'active' | 'paused' | undefined;
  /** The instance that arrived last. Absent until an agent names one. */
  readonly instance?: string | undefined;
  /** The instances that were replaced last, the newest first. Absent: none. */
  readonly replaced?: readonly string[] | undefined;
}

export type KeyRecord = PartnerKey | AgentKey;

/** The stored part of a result. `ready` is computed when the result is read. */
export interface JobResult {
  readonly conclusion: Conclusion;
  readonly reason: Reason;
  readonly finalUrl?: string | undefined;
  readonly error?: string | undefined;
  readonly skipReason?: string | undefined;
  readonly checkedAt: number;
  readonly validUntil: number;
  readonly agentId: string;
  readonly hopCount: number;
}

/** One link to resolve, and how far that has come. */
export interface Job {
  readonly jobId: string;
  readonly accountId: string;
  readonly submission: Omit<LinkSubmission, 'pool'>;
  readonly pool: string;
  /** SHA-256 of the RFC 8785 form of the submission, base64url. */
  readonly fingerprint: string;
  /** The month whose quota the job used, as in `2026-11`. */
  readonly quotaWindow: string;
  readonly state: JobState;
  /** Why a job without a result ended. */
  readonly endReason?: string | undefined;
  /** Grows by one with every lease. */
  readonly fence: number;
  /** The number of leases that were not released. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deadlineAt: number;
  /** The id of the request that created the job. It shows whether an existing row is our own write, repeated by the SDK. */
  readonly admission: string;
  /** When the sweep must look at the job. Absent once the job has ended. */
  readonly dueAt?: number | undefined;
  /** How many times the sweep has sent the job's message again. */
  readonly resends: number;
  /** How many times the sweep found the open job due, without a live lease. Absent: never, or `resends` in an old row. */
  readonly alarms?: number | undefined;
  /** When the sweep last sent the job's message. Absent: only the submission sent it, at `createdAt`. */
  readonly sentAt?: number | undefined;
  readonly leasedBy?: string | undefined;
  readonly leasedAt?: number | undefined;
  readonly leaseUntil?: number | undefined;
  /** SHA-256 of the accepted evidence, base64url. */
  readonly evidenceSha256?: string | undefined;
  readonly result?: JobResult | undefined;
}

/** A URL of a consumer that receives webhooks. */
export interface Endpoint {
  readonly endpointId: string;
  readonly accountId: string;
  readonly url: string;
  readonly profile: OutboundProfileId;
  /** The key id in the headers of deliveries, for profiles that send one. Absent: the endpoint's id. */
  readonly keyId?: string | undefined;
  /** Nothing is sent to an endpoint that is `unverified` or `disabled`. */
  readonly state: 'unverified' | 'active' | 'disabled';
  readonly createdAt: number;
  readonly versions: SecretVersions;
}

/** The fact that an account has used most of its jobs of a month. Written once a month, and never changed. */
export interface QuotaWarning {
  readonly accountId: string;
  /** As in `2026-11`. */
  readonly month: string;
  readonly used: number;
  readonly limit: number;
  readonly warnedAt: number;
}

/** What an enrolment token permits. The token itself is not stored. */
export interface EnrollmentGrant {
  /** SHA-256 of the token. */
  readonly tokenSha256: string;
  readonly accountId: string;
  readonly pool: string;
  readonly labels: readonly string[];
  readonly expiresAt: number;
}

/** What is known of an agent, apart from its key. */
export interface AgentPresence {
  readonly agentId: string;
  /** The name of its desktop. Untrusted: the agent chose it at enrolment. Empty when it sent none. */
  readonly name: string;
  readonly pool: string;
  readonly labels: readonly string[];
  /** Set by the operator. The row of a revoked agent stays, because evidence that it signed must remain verifiable. */
  readonly state: 'active' | 'paused' | 'revoked';
  readonly enrolledAt: number;
  /** Absent until its first poll. */
  readonly lastSeenAt?: number | undefined;
  /** What the agent says of itself. Untrusted. Absent when it says nothing, as older agents do. */
  readonly says?: AgentStatement | undefined;
}

/** A message of the delivery queue: one event for one endpoint, with the exact body. */
export interface Delivery {
  readonly accountId: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly eventAt: number;
  readonly body: string;
  /** The number of this attempt. The first is 0. */
  readonly attempt: number;
  /** The earlier attempts, oldest first. Absent at the first. Some may be missing when SQS delivered a message twice. */
  readonly earlier?: readonly DeliveryAttempt[] | undefined;
}

/** An attempt that was made. */
export interface DeliveryAttempt {
  /** The number of the attempt. The first is 0. */
  readonly attempt: number;
  readonly attemptedAt: number;
  /** The status that the receiver answered with, or why there was no answer. */
  readonly outcome: string;
}

/** An entry of the delivery log: the newest attempt, with the earlier ones. */
export interface DeliveryRecord extends Delivery, DeliveryAttempt {
  readonly state: 'delivered' | 'retrying' | 'failed' | 'dropped';
  /** When the sweep must send the delivery again. Absent when it must not. */
  readonly dueAt?: number | undefined;
}
