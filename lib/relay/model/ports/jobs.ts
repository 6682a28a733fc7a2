// Ports for jobs: the store, its history and evidence, what is due, and the job queues. Times are epoch milliseconds.
import type { Job, JobResult } from '../records.ts';
import type { DeliveryKey } from './deliveries.ts';

/** Identifies one incarnation of a job. A job id is used again when its idempotency key is used again after 30 days. */
export interface JobRef {
  readonly jobId: string;
  readonly createdAt: number;
}

/** The lease that gives an agent the right to change a job. */
export interface LeaseHold extends JobRef {
  /** The agent's account. A job of another account is never changed. */
  readonly accountId: string;
  readonly fence: number;
  readonly agentId: string;
}

/** A lease that an agent is to get. The pool is the agent's own, and only jobs of this pool may be leased. */
export interface NewLease extends Pool {
  readonly agentId: string;
  readonly nowMs: number;
  readonly leaseUntil: number;
  readonly attemptLimit: number;
}

/**
 * The outcome of a conditional write. `done: true`: it took effect, and `job` is the new state. `done: false`: the
 * condition did not hold, nothing changed, and `job` is the row as it is stored, if there is one.
 */
export type Change =
  | { readonly done: true; readonly job: Job }
  | { readonly done: false; readonly job: Job | undefined };

/**
 * The jobs. Every change is one conditional write, and applies only to the incarnation that is named. Reads are consistent.
 * An expired row may be returned until it is deleted; `isPastRetention` recognizes it.
 */
export interface JobStore {
  /** Returns a job, or undefined when no row has this id. */
  find(jobId: string): Promise<Job | undefined>;
  /** Returns the jobs that exist among at most 100 different ids, in no particular order. */
  findMany(jobIds: readonly string[]): Promise<readonly Job[]>;
  /** Creates a job. Takes effect when no unexpired job has its id. */
  create(job: Job, nowMs: number): Promise<Change>;
  /**
   * Leases a job to an agent: the fence and the attempts grow by one. Takes effect when the job belongs to the agent's
   * account and pool, is queued, or leased with an expired lease, is before its deadline, and has fewer attempts than
   * `attemptLimit`.
   */
  lease(ref: JobRef, lease: NewLease): Promise<Change>;
  /**
   * Moves the end of a lease. Takes effect when the job is still leased under this hold, was leased at `leasedSince` or
   * later, and is before its deadline.
   */
  renew(hold: LeaseHold, renewal: { nowMs: number; leaseUntil: number; leasedSince: number }): Promise<Change>;
  /** Queues a leased job again; the attempt does not count. Takes effect when the job is still leased under this hold. */
  release(hold: LeaseHold, nowMs: number): Promise<Change>;
  /** Completes a job. Takes effect when the job is still leased under this hold, even if the lease has expired. */
  complete(hold: LeaseHold, end: { result: JobResult; evidenceSha256: string; nowMs: number }): Promise<Change>;
  /**
   * Ends a job without a result. Takes effect when state, fence, `leaseUntil` and `dueAt` are as in `job`, which the caller
   * has read.
   */
  end(job: Job, end: { state: 'failed' | 'expired' | 'canceled'; reason: string; nowMs: number }): Promise<Change>;
  /**
   * Sets `dueAt`, and the counts and times that `alarm` names. Takes effect when state, fence, `leaseUntil` and `dueAt` are
   * as in `job`, which the caller has read.
   */
  moveDue(job: Job, alarm: Alarm): Promise<Change>;
}

/** The next `dueAt` of a job, and what the sweep has done at the last one. What is undefined stays as it is. */
export interface Alarm {
  readonly dueAt: number;
  readonly alarms?: number | undefined;
  readonly resends?: number | undefined;
  readonly sentAt?: number | undefined;
}

/** The jobs of an account by time. It reads an index that may lag behind: a new job may be missing for a moment. */
export interface JobHistory {
  /** Yields the jobs that were created at `sinceMs` or later, oldest first, each in its present state. */
  listCreatedSince(accountId: string, sinceMs: number): AsyncIterable<Job>;
  /**
   * Returns jobs that were created at `sinceMs` or later and before `before`, newest first, each in its present state.
   * Examines at most `limit` jobs.
   */
  readPage(
    accountId: string,
    range: { readonly sinceMs: number; readonly before: JobRef | undefined; readonly limit: number },
  ): Promise<JobPage>;
}

/** One page of an account's jobs. */
export interface JobPage {
  readonly jobs: readonly Job[];
  /** The last job that was examined, to continue from. Undefined on the last page. It may be missing from `jobs`. */
  readonly next: JobRef | undefined;
}

/** The signed evidence of each completed job. */
export interface EvidenceStore {
  /**
   * Stores the evidence of a lease until `expiresAt`. Returns false when a later lease, or the same lease with other
   * evidence, has stored its evidence already. Storing the same evidence again returns true.
   */
  save(ref: LeaseHold, jws: string, expiresAt: number): Promise<boolean>;
  /** Returns the evidence of a job, with the `createdAt` of the incarnation that it is about, or undefined. */
  find(jobId: string): Promise<{ readonly jws: string; readonly createdAt: number } | undefined>;
}

/** The rows that need work at a certain time. */
export interface DueWork {
  /**
   * Yields the items that are due at `untilMs` or earlier, oldest first, and loads them page by page. The index may lag
   * behind: an item may be missing for a moment, or may no longer be due.
   */
  findDue(untilMs: number): AsyncIterable<DueItem>;
}

/** A job or a delivery that the sweep must look at. */
export type DueItem = DueJob | DueDelivery;

export interface DueJob {
  readonly kind: 'job';
  readonly jobId: string;
  readonly dueAt: number;
}

export interface DueDelivery extends DeliveryKey {
  readonly kind: 'delivery';
  readonly dueAt: number;
}

/** Identifies one job queue: the queue of a pool of an account. */
export interface Pool {
  readonly accountId: string;
  readonly pool: string;
}

/** A message that was received from a job queue. */
export interface JobMessage {
  /** The job that the message points to. Undefined when the relay did not write the message. */
  readonly ref: JobRef | undefined;
  /** The SQS receipt handle. */
  readonly receipt: string;
}

/** The job queues. A message is only a pointer to a job. */
export interface JobQueues {
  /** Sends a pointer to one job. */
  send(pool: Pool, ref: JobRef): Promise<void>;
  /** Sends pointers to at most ten jobs. Returns the jobs whose message the queue rejected. */
  sendMany(pool: Pool, refs: readonly JobRef[]): Promise<readonly JobRef[]>;
  /**
   * Receives at most `limit` (1–40) messages, and hides them from other receivers for `visibilitySeconds`. Never waits for
   * a message. It may return fewer than there are. Throws only when it received nothing.
   */
  receive(pool: Pool, options: { limit: number; visibilitySeconds: number }): Promise<readonly JobMessage[]>;
  /** Deletes at most ten messages. Ignores receipts that are not valid any more. */
  deleteMany(pool: Pool, receipts: readonly string[]): Promise<void>;
  /** Hides at most ten messages for a while. Ignores receipts that are not valid any more. */
  hideMany(pool: Pool, messages: readonly HiddenMessage[]): Promise<void>;
}

/** A message to hide, and for how long. */
export interface HiddenMessage {
  readonly receipt: string;
  readonly seconds: number;
}
