// The types of the poll loop: its state, its events and its effects.
import type { RelayFailure } from '../../lib/api/relay-answer.ts';
import type { JobView, Lease, LeasedJob, PullResponse } from '../../lib/protocol/messages.ts';

/** A job in progress. Times are this machine's, in epoch milliseconds. */
export interface Work {
  readonly lease: Lease;
  readonly renewAtMs: number;
}

/** The whole state of the loop. */
export interface PollState {
  readonly stage: 'running' | 'stopping' | 'stopped';
  readonly slots: number;
  readonly pulling: boolean;
  /** When the last pull started. */
  readonly pulledAtMs: number;
  readonly work: readonly Work[];
  readonly releasing: readonly Lease[];
  /** Whether there are results that were not reported yet. */
  readonly hasNewResults: boolean;
  /** The earliest time to ask for jobs. */
  readonly askAtMs: number;
  /** The earliest time to send anything: the back-off after failures. */
  readonly contactAtMs: number;
  readonly failures: number;
  /** The pull whose answer was lost. It is repeated byte for byte before any other pull. */
  readonly lost?: LostPull | undefined;
  /** How many results a pull may have. It is halved while the relay refuses the body. */
  readonly resultLimit: number;
  readonly pace?: string | undefined;
  /** When a stopping agent releases its jobs. */
  readonly graceEndsAtMs?: number | undefined;
}

/** A pull without an answer. */
export interface LostPull {
  readonly plan: PullPlan;
  /** How often it was sent. */
  readonly times: number;
}

/** The content of a pull. The shell adds the oldest results, up to `resultLimit`. */
export interface PullPlan {
  readonly want: number;
  readonly pace?: string | undefined;
  readonly renew: readonly Lease[];
  readonly release: readonly Lease[];
  readonly resultLimit: number;
}

/** What happened, and when by this machine's clock. */
export type PollEvent = { readonly nowMs: number } & (
  | { readonly kind: 'started'; readonly resumed: readonly LeasedJob[]; readonly spooled: number }
  | { readonly kind: 'due' }
  | { readonly kind: 'work_finished'; readonly jobId: string; readonly fence: number }
  | {
      readonly kind: 'pulled';
      readonly plan: PullPlan;
      readonly response: PullResponse;
      /** How many results left the spool because of this answer, and how many are still in it. */
      readonly removed: number;
      readonly spooled: number;
      readonly random: number;
    }
  | {
      readonly kind: 'pull_failed';
      readonly plan: PullPlan;
      readonly failure: RelayFailure;
      readonly sentResults: number;
      readonly random: number;
    }
  | { readonly kind: 'stop_requested'; readonly graceMs: number }
);

/** What the shell must do. */
export type PollEffect =
  /** `again` sends the last pull unchanged, while its signature is valid. */
  | { readonly kind: 'pull'; readonly plan: PullPlan; readonly again: boolean }
  /** Store the job, then resolve it. */
  | { readonly kind: 'work'; readonly lease: Lease; readonly job: JobView; readonly leaseMs: number }
  /** Stop resolving the job and forget it. */
  | {
      readonly kind: 'abandon';
      readonly lease: Lease;
      readonly why: 'lease_lost' | 'superseded' | 'released' | 'replaced';
    }
  | { readonly kind: 'extend'; readonly lease: Lease; readonly leaseMs: number }
  /** Drop the only result of this pull, which the relay never accepts. */
  | { readonly kind: 'discard_result' }
  /** Send `due` after this time. It replaces the previous wait. */
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'abort_pull' }
  /** Another agent has started with the same identity: end. */
  | { readonly kind: 'yield_identity' }
  | { readonly kind: 'exit' };

/** The result of an event. */
export interface PollStep {
  readonly state: PollState;
  readonly effects: readonly PollEffect[];
}

/** The event of one kind. */
export type EventOf<K extends PollEvent['kind']> = Extract<PollEvent, { kind: K }>;

/** Returns whether both are the same lease of the same job. */
export function isSameLease(one: Lease, other: Lease): boolean {
  return one.jobId === other.jobId && one.fence === other.fence;
}

/** Returns the leases that are not among the others. */
export function withoutLeases(leases: readonly Lease[], others: readonly Lease[]): readonly Lease[] {
  return leases.filter((lease) => !others.some((other) => isSameLease(lease, other)));
}
