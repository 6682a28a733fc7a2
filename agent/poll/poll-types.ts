// The words of the poll loop: its state, what happens to it, and what it asks for. Types only.
import type { RelayFailure } from '../../lib/api/relay-answer.ts';
import type { JobView, Lease, LeasedJob, PullResponse } from '../../lib/protocol/messages.ts';

/** A job that is being worked on. Times are this machine's, epoch milliseconds. */
export interface Work {
  readonly lease: Lease;
  readonly renewAtMs: number;
}

export interface PollState {
  readonly stage: 'running' | 'stopping' | 'stopped';
  readonly slots: number;
  readonly pulling: boolean;
  /** When the last pull began. */
  readonly pulledAtMs: number;
  readonly work: readonly Work[];
  readonly releasing: readonly Lease[];
  /** There are results that the relay has not been shown yet. */
  readonly hasNews: boolean;
  /** Asking for work is not allowed before. */
  readonly askAtMs: number;
  /** Nothing at all may be sent before: the back-off after failures. */
  readonly contactAtMs: number;
  readonly failures: number;
  /** The pull whose answer was lost: it goes again, byte for byte, before any other. */
  readonly lost?: LostPull | undefined;
  /** How many results a pull may carry; halved while the relay refuses the body. */
  readonly resultLimit: number;
  readonly pace?: string | undefined;
  /** When a stopping agent gives its work back. */
  readonly graceEndsAtMs?: number | undefined;
}

export interface LostPull {
  readonly plan: PullPlan;
  /** How often it was sent. */
  readonly times: number;
}

/** What a pull is to say; the shell adds the oldest results, up to `resultLimit`. */
export interface PullPlan {
  readonly want: number;
  readonly waitSeconds: number;
  readonly pace?: string | undefined;
  readonly renew: readonly Lease[];
  readonly release: readonly Lease[];
  readonly resultLimit: number;
}

export type PollEvent = { readonly nowMs: number } & (
  | { readonly kind: 'started'; readonly resumed: readonly LeasedJob[]; readonly spooled: number }
  | { readonly kind: 'due' }
  | { readonly kind: 'work_finished'; readonly jobId: string; readonly fence: number }
  | {
      readonly kind: 'pulled';
      readonly plan: PullPlan;
      readonly response: PullResponse;
      /** Results that left the spool by this answer, and those still in it. */
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

export type PollEffect =
  /** `again`: as it was sent the last time, while its signature is good. */
  | { readonly kind: 'pull'; readonly plan: PullPlan; readonly again: boolean }
  /** Keep the job, then work on it. */
  | { readonly kind: 'work'; readonly lease: Lease; readonly job: JobView; readonly leaseMs: number }
  /** Stop working on the job and forget it. */
  | { readonly kind: 'abandon'; readonly lease: Lease; readonly why: 'lease_lost' | 'superseded' | 'released' }
  | { readonly kind: 'extend'; readonly lease: Lease; readonly leaseMs: number }
  /** The one result that a pull carried is refused for good. */
  | { readonly kind: 'set_aside' }
  /** Come back with `due`; replaces the last wait. */
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'cut_pull' }
  | { readonly kind: 'exit' };

export interface PollStep {
  readonly state: PollState;
  readonly effects: readonly PollEffect[];
}

export type EventOf<K extends PollEvent['kind']> = Extract<PollEvent, { kind: K }>;

export function isSameLease(one: Lease, other: Lease): boolean {
  return one.jobId === other.jobId && one.fence === other.fence;
}

export function withoutLeases(leases: readonly Lease[], others: readonly Lease[]): readonly Lease[] {
  return leases.filter((lease) => !others.some((other) => isSameLease(lease, other)));
}
