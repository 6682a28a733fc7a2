// The imperative shell of the poll loop: it runs the state machine's effects and reports their results to it.

import type { RelayFailure, RelayOutcome } from '../../lib/api/relay-answer.ts';
import type { JobView, Lease, PullResponse, ResultReport } from '../../lib/protocol/messages.ts';
import { AgentError } from '../events/agent-error.ts';
import type { EmitEvent } from '../events/agent-events.ts';
import type { Spool } from '../state/spool.ts';
import { advancePoll, initialPollState } from './poll-state.ts';
import type { PollEffect, PollEvent, PollState, PullPlan } from './poll-types.ts';
import type { JobOutcome } from './resolve-job.ts';

/** What the loop runs on. */
export interface LoopPorts {
  readonly spool: Spool;
  readonly pull: (
    plan: PullPlan,
    results: readonly ResultReport[],
    /** `again` repeats the last pull byte for byte, while its signature is valid. */
    options: { readonly signal: AbortSignal; readonly again: boolean },
  ) => Promise<RelayOutcome<PullResponse>>;
  readonly resolveJob: (lease: Lease, job: JobView, signal: AbortSignal) => Promise<JobOutcome>;
  readonly emit: EmitEvent;
  /** This machine's clock, in epoch milliseconds. */
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Calls back once after `ms` milliseconds. Returns a function that cancels the call. */
  readonly schedule: (ms: number, callback: () => void) => () => void;
  readonly slots: number;
}

type EventBody<E = PollEvent> = E extends PollEvent ? Omit<E, 'nowMs'> : never;
type EffectOf<K extends PollEffect['kind']> = Extract<PollEffect, { kind: K }>;
type Runners = { readonly [K in PollEffect['kind']]: (effect: EffectOf<K>) => void };

const REPLACED =
  'Another agent with this identity has started since, so this one ends. Let only one of them run. For another desktop, enrol it with a token of its own.';

/** A job in progress. Its lease changes when it is renewed. */
interface ActiveJob {
  lease: Lease;
  readonly abort: AbortController;
}

/** A poll loop. It starts when it is constructed, and ends when `done` settles. */
export class PollLoop {
  /** Resolves when the loop has ended. Rejects when this machine failed, for example its disk. */
  readonly done: Promise<void>;
  readonly #ports: LoopPorts;
  readonly #finish: () => void;
  readonly #fail: (error: unknown) => void;
  readonly #working = new Map<string, ActiveJob>();
  #state: PollState;
  #cancelWait: () => void = () => {};
  #openPull = new AbortController();
  #sent: readonly ResultReport[] = [];

  constructor(ports: LoopPorts) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.done = promise;
    this.#finish = resolve;
    this.#fail = reject;
    this.#ports = ports;
    this.#state = initialPollState(ports.slots);
    this.#start();
  }

  /**
   * Stops after the jobs in progress, or releases them at the end of the grace period. A later stop may shorten that
   * period.
   */
  stop(graceMs: number): void {
    this.#dispatch({ kind: 'stop_requested', graceMs });
  }

  #start(): void {
    const resumed = this.#ports.spool.resume(this.#ports.nowMs());
    for (const { lease, job } of resumed) this.#startJob(lease, job);
    this.#dispatch({ kind: 'started', resumed, spooled: this.#ports.spool.counts().results });
  }

  #dispatch(event: EventBody): void {
    try {
      const step = advancePoll(this.#state, { ...event, nowMs: this.#ports.nowMs() } as PollEvent);
      this.#state = step.state;
      for (const effect of step.effects) (this.#runners[effect.kind] as (each: PollEffect) => void)(effect);
    } catch (error) {
      this.#cancelWait();
      this.#fail(error);
    }
  }

  readonly #runners: Runners = {
    wait: ({ ms }) => {
      this.#cancelWait();
      this.#cancelWait = this.#ports.schedule(ms, () => this.#dispatch({ kind: 'due' }));
    },
    pull: ({ plan, again }) => this.#pull(plan, again),
    abort_pull: () => this.#openPull.abort(),
    work: ({ lease, job, leaseMs }) => {
      this.#ports.spool.hold({ lease, job, leaseEndsAtMs: this.#ports.nowMs() + leaseMs });
      this.#startJob(lease, job);
    },
    extend: ({ lease, leaseMs }) => {
      this.#ports.spool.extend(lease, this.#ports.nowMs() + leaseMs);
      const active = this.#working.get(lease.jobId);
      if (active) active.lease = lease;
    },
    abandon: ({ lease, why }) => {
      this.#working.get(lease.jobId)?.abort.abort();
      this.#working.delete(lease.jobId);
      this.#ports.spool.drop(lease.jobId);
      this.#ports.emit({ event: 'job.abandoned', jobId: lease.jobId, why });
    },
    discard_result: () => {
      for (const { lease } of this.#sent) this.#removeResult(lease, 'body_refused');
    },
    yield_identity: () => {
      this.#cancelWait();
      this.#fail(new AgentError('identity_in_use', REPLACED));
    },
    exit: () => {
      this.#cancelWait();
      this.#finish();
    },
  };

  #startJob(lease: Lease, job: JobView): void {
    const active: ActiveJob = { lease, abort: new AbortController() };
    const { jobId, leaseUntil } = lease;
    this.#working.set(jobId, active);
    this.#ports.emit({ event: 'job.leased', jobId, trackingUrl: job.trackingUrl, leaseUntil });
    const outcome = this.#ports.resolveJob(lease, job, active.abort.signal);
    outcome.then((found) => this.#onJobResolved(active, found)).catch(this.#fail);
  }

  /** An abandoned job is not reported. */
  #onJobResolved({ lease, abort }: ActiveJob, { jws, finding, hopCount }: JobOutcome): void {
    if (abort.signal.aborted) return;
    const { jobId, fence } = lease;
    this.#working.delete(jobId);
    this.#ports.spool.finish({ lease, jws });
    const { conclusion, reason, finalUrl } = finding;
    this.#ports.emit({ event: 'job.resolved', jobId, conclusion, reason, finalUrl, hops: hopCount });
    this.#dispatch({ kind: 'work_finished', jobId, fence });
  }

  #pull(plan: PullPlan, again: boolean): void {
    this.#openPull = new AbortController();
    if (!again) this.#sent = this.#ports.spool.results(plan.resultLimit);
    const outcome = this.#ports.pull(plan, this.#sent, { signal: this.#openPull.signal, again });
    outcome.then((answer) => this.#onPullOutcome(plan, answer)).catch(this.#fail);
  }

  #onPullOutcome(plan: PullPlan, outcome: RelayOutcome<PullResponse>): void {
    if (outcome.kind === 'answered') this.#onPullResponse(plan, outcome.value);
    else this.#onPullError(plan, outcome);
  }

  #onPullResponse(plan: PullPlan, response: PullResponse): void {
    if (this.#state.failures > 0) this.#ports.emit({ event: 'poll.recovered' });
    const removed = this.#sent.filter(({ lease }) => this.#removeIfAnswered(lease, response)).length;
    const spooled = this.#ports.spool.counts().results;
    this.#dispatch({ kind: 'pulled', plan, response, removed, spooled, random: this.#ports.random() });
  }

  #onPullError(plan: PullPlan, failure: RelayFailure): void {
    const { code, detail } = failure;
    const failures = this.#state.failures + 1;
    if (!this.#openPull.signal.aborted) this.#ports.emit({ event: 'poll.failed', code, detail, failures });
    const sentResults = this.#sent.length;
    this.#dispatch({ kind: 'pull_failed', plan, failure, sentResults, random: this.#ports.random() });
  }

  /** Removes the result if the relay accepted or refused it. Returns whether it did. */
  #removeIfAnswered(lease: Lease, { accepted, rejected }: PullResponse): boolean {
    const refused = rejected.find(({ jobId }) => jobId === lease.jobId);
    if (accepted.includes(lease.jobId)) this.#removeResult(lease);
    else if (refused) this.#removeResult(lease, refused.code);
    else return false;
    return true;
  }

  #removeResult(lease: Lease, refusal?: string): void {
    const { jobId } = lease;
    this.#ports.spool.removeResult(lease);
    if (refusal === undefined) this.#ports.emit({ event: 'result.accepted', jobId });
    else this.#ports.emit({ event: 'result.refused', jobId, code: refusal });
  }
}
