// What the relay needs from the world, in the relay's words. Every method may throw DependencyUnavailable.
import type { Secret } from '../../protocol/secret.ts';
import type { OneTimeValue } from '../../protocol/signatures/verify-request.ts';
import type { KeyRing, SecretName } from './key-ring.ts';
import type { LogEvent } from './log-events.ts';
import type {
  Account,
  AgentKey,
  AgentPresence,
  Delivery,
  DeliveryRecord,
  Endpoint,
  EnrollmentGrant,
  Job,
  JobResult,
  KeyRecord,
  QuotaWarning,
} from './records.ts';

/** A service behind the relay did not do its part. The sender may try again. */
export class DependencyUnavailable extends Error {
  constructor(dependency: string, options: { cause: unknown }) {
    super(`${dependency} did not answer as it should`, options);
    this.name = 'DependencyUnavailable';
  }
}

/** Epoch milliseconds. */
export type Clock = () => number;

export interface EventLog {
  /** One line per outcome. Never given a secret, a signature or a body. */
  record(event: LogEvent): void;
}

export interface OneTimeValues {
  /** True for the first claim; false while an earlier one has not expired. A pull's says what it is about to lease. */
  claim(value: OneTimeValue, nowMs: number, pull?: PullClaim): Promise<boolean>;
  /** What the pull that claimed it was about to lease; undefined while nobody has. */
  findPull(value: OneTimeValue, nowMs: number): Promise<PullClaim | undefined>;
}

/** Kept with a pull's one-time value, so that the same bytes again find the leases of the first. */
export interface PullClaim {
  /** When its leases begin, epoch milliseconds. */
  readonly leasedAt: number;
  /** At most ten. */
  readonly refs: readonly JobRef[];
}

export interface Directory {
  /** May be a minute old, but not read before `readSince` (epoch milliseconds). */
  findKey(keyId: string, readSince?: number): Promise<KeyRecord | undefined>;
  findAccount(accountId: string): Promise<Account | undefined>;
  findEndpoint(accountId: string, endpointId: string): Promise<Endpoint | undefined>;
  listEndpoints(accountId: string): Promise<readonly Endpoint[]>;
  listAccounts(): Promise<readonly Account[]>;
}

export interface KeyRings {
  /**
   * May be some minutes old. One that has no master `atLeast` is read again at once, but when that brought nothing, not
   * again for half a minute.
   */
  read(atLeast?: number): Promise<KeyRing>;
}

/** A ring as it stands, under the name of this state of it. */
export interface CurrentRing {
  readonly ring: KeyRing;
  readonly revision: string;
  /** When it became so: when its newest master was added. */
  readonly since?: number | undefined;
}

/** The operator's side of a ring. */
export interface KeyRingKeeper extends KeyRings {
  /** Never an old one. */
  readCurrent(): Promise<CurrentRing>;
  /** Adds one master behind the newest. False, and nothing has changed, when the ring is not as it was read. */
  append(read: CurrentRing, master: Buffer): Promise<boolean>;
}

/** Secrets that were brought from elsewhere, each under a name that never gets another. */
export interface ImportedSecrets {
  /** May be some minutes old. Undefined where there is none of this name. */
  read(name: string): Promise<Secret | undefined>;
}

export interface ImportedSecretStore extends ImportedSecrets {
  /** Gives the name. Repeatable with the same secret. `digest` tells it from other secrets for the same place. */
  create(place: SecretName, secret: Secret, digest: string): Promise<string>;
  /** For good. Repeatable. */
  remove(name: string): Promise<void>;
  /** The names of all that belong to an account. May be late. */
  list(accountId: string): Promise<readonly string[]>;
}

export interface KeyUses {
  /**
   * Writes down that the version of a key was used now, where nothing later than `before` is written. To be asked for
   * only when the row says so too: it costs a write either way. Without effect where there is no such key.
   */
  record(
    use: { readonly keyId: string; readonly version: number; readonly nowMs: number },
    before: number,
  ): Promise<void>;
}

/** One incarnation of a job: the id comes back when the same key is used again after 30 days. */
export interface JobRef {
  readonly jobId: string;
  readonly createdAt: number;
}

/** The right to change a leased job. */
export interface LeaseHold extends JobRef {
  readonly fence: number;
  readonly agentId: string;
}

/** What a conditional change found: it took effect and gave the new job, or it did not and gives what stands there. */
export type Change =
  | { readonly done: true; readonly job: Job }
  | { readonly done: false; readonly job: Job | undefined };

export interface JobStore {
  find(jobId: string): Promise<Job | undefined>;
  /** Those of at most 100 that are there, in no order. Each is named once. */
  findMany(jobIds: readonly string[]): Promise<readonly Job[]>;
  /** Takes effect only where no unexpired job has this id. */
  create(job: Job, nowMs: number): Promise<Change>;
  /** Takes effect on a queued job, or a leased one whose lease ran out, with attempts and time left. */
  lease(
    ref: JobRef,
    lease: { agentId: string; nowMs: number; leaseUntil: number; attemptLimit: number },
  ): Promise<Change>;
  /** Takes effect under the same lease, leased no earlier than `leasedSince`, before the deadline. */
  renew(hold: LeaseHold, renewal: { nowMs: number; leaseUntil: number; leasedSince: number }): Promise<Change>;
  /** Takes effect under the same lease: back to queued, and no attempt. */
  release(hold: LeaseHold, nowMs: number): Promise<Change>;
  /** Takes effect under the same lease, run out or not. */
  complete(hold: LeaseHold, end: { result: JobResult; evidenceSha256: string; nowMs: number }): Promise<Change>;
  /** Takes effect while the job is as it was read. */
  end(job: Job, end: { state: 'failed' | 'expired' | 'canceled'; reason: string; nowMs: number }): Promise<Change>;
  /** Takes effect while the job is as it was read. */
  moveDue(job: Job, dueAt: number, resends: number): Promise<Change>;
}

export interface JobHistory {
  /** Jobs of an account that were made since then, newest last, as they stand now. May be late. */
  listCreatedSince(accountId: string, sinceMs: number): AsyncIterable<Job>;
  /** Newest first, as they stand now: of those made since then and before that one. Looks at `limit` at most. May be late. */
  readPage(
    accountId: string,
    range: { readonly sinceMs: number; readonly before: JobRef | undefined; readonly limit: number },
  ): Promise<JobPage>;
}

export interface JobPage {
  readonly jobs: readonly Job[];
  /** The last one that was looked at, when there may be more behind it. It need not be among the jobs. */
  readonly next: JobRef | undefined;
}

export interface DueWork {
  /** Everything due until then, oldest first, page after page. May be late and may name what is no longer due. */
  findDue(untilMs: number): AsyncIterable<DueItem>;
}

export type DueItem =
  | { readonly kind: 'job'; readonly jobId: string }
  | { readonly kind: 'delivery'; readonly endpointId: string; readonly eventAt: number; readonly eventId: string };

export interface QuotaLimits {
  readonly jobsPerMonth: number;
  readonly jobsPerMinute: number;
}

/** Units used of the current month and of the current minute. */
export interface QuotaUse {
  readonly month: number;
  readonly minute: number;
}

/** Where both windows stand after a take, and when the month was warned of, if it was. */
export interface QuotaState {
  readonly used: QuotaUse;
  readonly warnedAt?: number | undefined;
}

export interface QuotaLedger {
  /** Takes units if month and minute have that many left, else none. Also says how they stand then. */
  take(
    accountId: string,
    units: number,
    limits: QuotaLimits,
    nowMs: number,
  ): Promise<QuotaState & { readonly taken: boolean }>;
  /** Takes as many of the units as both month and minute have left, and says how many. */
  takeUpTo(
    accountId: string,
    units: number,
    limits: QuotaLimits,
    nowMs: number,
  ): Promise<QuotaState & { readonly taken: number }>;
  /** Writes the month's only warning; false where it has one. Whoever takes units from then on is told. */
  warn(warning: QuotaWarning): Promise<boolean>;
  findWarning(accountId: string, month: string): Promise<QuotaWarning | undefined>;
  /** To the month; and to the minute, where one is named and counts still. */
  refund(accountId: string, month: string, units: number, minute?: string): Promise<void>;
  read(accountId: string, nowMs: number): Promise<QuotaUse>;
}

export interface EvidenceStore {
  /** False when a later lease, or this one with other evidence, has written already. Kept until `expiresAt`. */
  save(ref: LeaseHold, jws: string, expiresAt: number): Promise<boolean>;
  find(jobId: string): Promise<{ readonly jws: string; readonly createdAt: number } | undefined>;
}

/** Names one job queue. */
export interface Pool {
  readonly accountId: string;
  readonly pool: string;
}

export interface QueuedJob {
  /** Undefined when the message is not one of ours. */
  readonly ref: JobRef | undefined;
  readonly receipt: string;
}

export interface JobQueues {
  send(pool: Pool, ref: JobRef): Promise<void>;
  /** At most ten at once. Gives those that were not taken. */
  sendMany(pool: Pool, refs: readonly JobRef[]): Promise<readonly JobRef[]>;
  receive(
    pool: Pool,
    options: { limit: number; waitSeconds: number; visibilitySeconds: number },
  ): Promise<readonly QueuedJob[]>;
  /** At most ten at once. What has run out is passed over. */
  removeMany(pool: Pool, receipts: readonly string[]): Promise<void>;
  /** At most ten at once. What has run out is passed over. */
  hideMany(pool: Pool, messages: readonly HiddenMessage[]): Promise<void>;
}

/** A message that becomes visible again after so many seconds. */
export interface HiddenMessage {
  readonly receipt: string;
  readonly seconds: number;
}

export interface DeliveryQueue {
  send(delivery: Delivery, delaySeconds: number): Promise<void>;
  /**
   * Any number, to be delivered at once. Sends in their order, many to a call, and no further than a call in which not all
   * were taken. Gives those that were not, in order, each with its failure.
   */
  sendMany(deliveries: readonly Delivery[]): Promise<ReadonlyMap<Delivery, Error>>;
}

/** Names one event at one endpoint. */
export interface DeliveryKey {
  readonly endpointId: string;
  readonly eventAt: number;
  readonly eventId: string;
}

export interface DeliveryLog {
  /** Without effect where the event has ended, or a later attempt is written down. */
  record(record: DeliveryRecord): Promise<void>;
  find(key: DeliveryKey): Promise<DeliveryRecord | undefined>;
  /** Those of at most 100 that are there, in no order. Each is named once. */
  findMany(keys: readonly DeliveryKey[]): Promise<readonly DeliveryRecord[]>;
  /** Of the newest events at an endpoint, so many at most. May be late. */
  listNewest(endpoint: Pick<Endpoint, 'accountId' | 'endpointId'>, limit: number): Promise<readonly DeliveryRecord[]>;
  /** The sweep has sent it: no longer due. Without effect when it has changed since. */
  clearDue(record: DeliveryRecord): Promise<void>;
}

export type ReceiverAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
    }
  | { readonly kind: 'failed'; readonly failure: string };

export interface WebhookSender {
  post(url: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<ReceiverAnswer>;
}

export interface Presence {
  /** Without effect where the agent is not enrolled any more. Changes nothing that the operator says of it. */
  seen(agent: AgentKey, nowMs: number): Promise<void>;
  /** Every agent of an account, the revoked ones too, in no order. May be late. */
  list(accountId: string): Promise<readonly AgentPresence[]>;
}

export interface Enrollment {
  findGrant(tokenSha256: string): Promise<(EnrollmentGrant & { readonly usedBy?: string | undefined }) | undefined>;
  /**
   * In one transaction: the grant becomes used by this key, and key and presence rows appear. False when it was used, or
   * the key is revoked. Where the agent was there before, what the operator has said of it stays.
   */
  redeem(
    grant: EnrollmentGrant,
    key: AgentKey,
    details: { thumbprint: string; name: string; nowMs: number },
  ): Promise<boolean>;
}
