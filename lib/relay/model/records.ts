// What the relay keeps. Times are epoch milliseconds unless the name says otherwise.
import type { Conclusion, Reason } from '../../protocol/evidence/evidence.ts';
import type { JobState, LinkSubmission } from '../../protocol/messages.ts';
import type { InboundProfileId, OutboundProfileId } from '../../protocol/profiles/profiles.ts';

export interface Account {
  readonly accountId: string;
  readonly name: string;
  /** `suspended`: nothing of a partner is taken, agents finish what they hold. `deleting`: nobody is let in, for good. */
  readonly state: 'active' | 'suspended' | 'deleting';
  /** Since when it is in that state. Absent: since it was made, or for longer than anybody noted. */
  readonly stateSince?: number | undefined;
  readonly jobsPerMonth: number;
  /** Absent: as many as `LIMITS` say. */
  readonly jobsPerMinute?: number | undefined;
  readonly jobDeadlineSeconds: number;
  readonly resultFreshnessSeconds: number;
  /** The first is the default. */
  readonly pools: readonly [string, ...string[]];
}

interface VersionFacts {
  readonly version: number;
  /** Absent: until a rotation or a revocation says otherwise. */
  readonly endsAt?: number | undefined;
  /** Absent in rows from before it was written down. */
  readonly createdAt?: number | undefined;
}

/** A secret that follows from a master of the key ring. */
export interface DerivedVersion extends VersionFacts {
  readonly master: number;
}

/** A secret that was brought from elsewhere. */
export interface ImportedVersion extends VersionFacts {
  /** The name of its own secret in Secrets Manager. */
  readonly imported: string;
}

/** One secret of a key or endpoint: where it comes from, and until when it is taken. */
export type SecretVersion = DerivedVersion | ImportedVersion;

/** Current first. */
export type SecretVersions = readonly [SecretVersion, ...SecretVersion[]];

interface RevocableKey {
  /** Absent while the key may be used. A revoked key is never good again. */
  readonly revokedAt?: number | undefined;
}

interface PartnerKeyFacts extends RevocableKey {
  readonly kind: 'partner';
  readonly keyId: string;
  readonly accountId: string;
  /** The operator accepts that a DELETE of this key binds nothing, where its profile signs neither method nor path. */
  readonly allowUnboundDelete?: boolean | undefined;
  /** By version, a public key's being 1; to the hour. Absent for what was never used. */
  readonly lastUsedAt?: Readonly<Record<string, number>> | undefined;
}

/** Signs with a secret that both sides have. */
export interface PartnerSecretKey extends PartnerKeyFacts {
  readonly profile: InboundProfileId;
  readonly versions: SecretVersions;
}

/** Signs with a private key that only the partner has. */
export interface PartnerPublicKey extends PartnerKeyFacts {
  readonly profile: 'rfc9421';
  /** 32 raw bytes of an Ed25519 key in base64url. */
  readonly publicKey: string;
}

export type PartnerKey = PartnerSecretKey | PartnerPublicKey;

export interface AgentKey extends RevocableKey {
  readonly kind: 'agent';
  readonly keyId: string;
  readonly accountId: string;
  readonly profile: 'rfc9421';
  /** 32 raw bytes in base64url. */
  readonly publicKey: string;
  readonly pool: string;
  /** The operator's word. A paused agent reports and renews, and gets no new work. Absent: active. */
  readonly state?: 'active' | 'paused' | undefined;
}

export type KeyRecord = PartnerKey | AgentKey;

/** The part of a result that is stored; `ready` and the texts are derived when it is read. */
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

export interface Job {
  readonly jobId: string;
  readonly accountId: string;
  readonly submission: Omit<LinkSubmission, 'pool'>;
  readonly pool: string;
  /** SHA-256 of the RFC 8785 form of the submission, base64url. */
  readonly fingerprint: string;
  readonly quotaWindow: string;
  readonly state: JobState;
  /** Why it ended, where no result says so. */
  readonly endReason?: string | undefined;
  /** Grows by one with every lease. */
  readonly fence: number;
  /** Leases that were not released. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly deadlineAt: number;
  /** The request that made it: tells a repeat of our own write from somebody else's. */
  readonly admission: string;
  /** When the sweep must look at it; absent once it has ended. */
  readonly dueAt?: number | undefined;
  /** How often the sweep has sent it again. */
  readonly resends: number;
  readonly leasedBy?: string | undefined;
  readonly leasedAt?: number | undefined;
  readonly leaseUntil?: number | undefined;
  /** SHA-256 of the accepted evidence, base64url. */
  readonly evidenceSha256?: string | undefined;
  readonly result?: JobResult | undefined;
}

export interface Endpoint {
  readonly endpointId: string;
  readonly accountId: string;
  readonly url: string;
  readonly profile: OutboundProfileId;
  /** How the consumer knows us, where deliveries name a key. Absent: the endpoint's id. */
  readonly keyId?: string | undefined;
  /** Nothing is sent to an endpoint that is `unverified` or `disabled`. */
  readonly state: 'unverified' | 'active' | 'disabled';
  readonly createdAt: number;
  readonly versions: SecretVersions;
}

/** That most of a month's jobs of an account are used. Written once, and never changed. */
export interface QuotaWarning {
  readonly accountId: string;
  /** As in `2026-11`. */
  readonly month: string;
  readonly used: number;
  readonly limit: number;
  readonly warnedAt: number;
}

/** An enrolment token, known by the SHA-256 of its secret. */
export interface EnrollmentGrant {
  readonly tokenSha256: string;
  readonly accountId: string;
  readonly pool: string;
  readonly labels: readonly string[];
  readonly expiresAt: number;
}

/** An agent as its account knows it. */
export interface AgentPresence {
  readonly agentId: string;
  /** What its desktop calls itself; empty when it said nothing. */
  readonly name: string;
  readonly pool: string;
  readonly labels: readonly string[];
  /** The operator's word. One that is revoked counts as not there; its row stays for the evidence that it signed. */
  readonly state: 'active' | 'paused' | 'revoked';
  readonly enrolledAt: number;
  /** Absent until its first poll. */
  readonly lastSeenAt?: number | undefined;
}

/** What travels on the delivery queue: one event for one endpoint, with the exact body. */
export interface Delivery {
  readonly accountId: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly eventAt: number;
  readonly body: string;
  /** 0 for the first. */
  readonly attempt: number;
  /** What came of those before this one, oldest first; absent with the first. A repeated message may have left some out. */
  readonly earlier?: readonly DeliveryAttempt[] | undefined;
}

/** One attempt that was made. */
export interface DeliveryAttempt {
  /** 0 for the first. */
  readonly attempt: number;
  readonly attemptedAt: number;
  /** The receiver's status, or what kept us from one. */
  readonly outcome: string;
}

/** What the delivery log keeps: the newest attempt, and with it those before. */
export interface DeliveryRecord extends Delivery, DeliveryAttempt {
  readonly state: 'delivered' | 'retrying' | 'failed' | 'dropped';
  /** Only while the sweep must send it again. */
  readonly dueAt?: number | undefined;
}
