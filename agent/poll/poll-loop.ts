// The imperative shell of the poll loop: it runs the effects that the state machine asks for, and tells it what came of them.

import type { RelayFailure, RelayOutcome } from '../../lib/api/relay-answer.ts';
import type { JobView, Lease, PullResponse, ResultReport } from '../../lib/protocol/messages.ts';
import type { EmitEvent } from '../events/agent-events.ts';
import type { Spool } from '../state/spool.ts';
import type { JobOutcome } from './do-job.ts';
import { advancePoll, initialPollState } from './poll-state.ts';
import type { PollEffect, PollEvent, PollState, PullPlan } from './poll-types.ts';

export interface LoopPorts {
  readonly spool: Spool;
  readonly pull: (
    plan: PullPlan,
    results: readonly ResultReport[],
    /** `again`: the last one once more, byte for byte, while its signature is good. */
    options: { readonly signal: AbortSignal; readonly again: boolean },
  ) => Promise<RelayOutcome<PullResponse>>;
  readonly doJob: (lease: Lease, job: JobView, signal: AbortSignal) => Promise<JobOutcome>;
  readonly emit: EmitEvent;
  /** This machine's clock, epoch milliseconds. */
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Calls back once after `ms`; returns how to forget it. */
  readonly schedule: (ms: number, callback: () => void) => () => void;
  readonly slots: number;
}

type EventBody<E = PollEvent> = E extends PollEvent ? Omit<E, 'nowMs'> : never;
type EffectOf<K extends PollEffect['kind']> = Extract<PollEffect, { kind: K }>;
type Runners = { readonly [K in PollEffect['kind']]: (effect: EffectOf<K>) => void };

/** A job in hand; its lease changes when it is renewed. */
interface Handled {
  lease: Lease;
  readonly abort: AbortController;
}

/** Runs from its making to the end of `done`. */
export class PollLoop {
  /** Settles when the loop has ended; rejects when this machine failed (its disk, say). */
  readonly done: Promise<void>;
  readonly #ports: LoopPorts;
  readonly #finish: () => void;
  readonly #fail: (error: unknown) => void;
  readonly #working = new Map<string, Handled>();
  #state: PollState;
  #forgetWait: () => void = () => {};
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

  /** Finishes what is in hand, or gives it back when the grace is over. A later stop may shorten the grace. */
  stop(graceMs: number): void {
    this.#dispatch({ kind: 'stop_requested', graceMs });
  }

  #start(): void {
    const resumed = this.#ports.spool.resume(this.#ports.nowMs());
    for (const { lease, job } of resumed) this.#begin(lease, job);
    this.#dispatch({ kind: 'started', resumed, spooled: this.#ports.spool.counts().results });
  }

  #dispatch(event: EventBody): void {
    try {
      const step = advancePoll(this.#state, { ...event, nowMs: this.#ports.nowMs() } as PollEvent);
      this.#state = step.state;
      for (const effect of step.effects) (this.#runners[effect.kind] as (each: PollEffect) => void)(effect);
    } catch (error) {
      this.#forgetWait();
      this.#fail(error);
    }
  }

  readonly #runners: Runners = {
    wait: ({ ms }) => {
      this.#forgetWait();
      this.#forgetWait = this.#ports.schedule(ms, () => this.#dispatch({ kind: 'due' }));
    },
    pull: ({ plan, again }) => this.#pull(plan, again),
    cut_pull: () => this.#openPull.abort(),
    work: ({ lease, job, leaseMs }) => {
      this.#ports.spool.hold({ lease, job, leaseEndsAtMs: this.#ports.nowMs() + leaseMs });
      this.#begin(lease, job);
    },
    extend: ({ lease, leaseMs }) => {
      this.#ports.spool.extend(lease, this.#ports.nowMs() + leaseMs);
      const handled = this.#working.get(lease.jobId);
      if (handled) handled.lease = lease;
    },
    abandon: ({ lease, why }) => {
      this.#working.get(lease.jobId)?.abort.abort();
      this.#working.delete(lease.jobId);
      this.#ports.spool.drop(lease.jobId);
      this.#ports.emit({ event: 'job.abandoned', jobId: lease.jobId, why });
    },
    set_aside: () => {
      for (const { lease } of this.#sent) this.#removeResult(lease, 'body_refused');
    },
    exit: () => {
      this.#forgetWait();
      this.#finish();
    },
  };

  #begin(lease: Lease, job: JobView): void {
    const handled: Handled = { lease, abort: new AbortController() };
    const { jobId, leaseUntil } = lease;
    this.#working.set(jobId, handled);
    this.#ports.emit({ event: 'job.leased', jobId, trackingUrl: job.trackingUrl, leaseUntil });
    const outcome = this.#ports.doJob(lease, job, handled.abort.signal);
    outcome.then((found) => this.#keep(handled, found)).catch(this.#fail);
  }

  /** What was abandoned meanwhile is no longer ours to report. */
  #keep({ lease, abort }: Handled, { jws, finding, hopCount }: JobOutcome): void {
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
    outcome.then((answer) => this.#takePull(plan, answer)).catch(this.#fail);
  }

  #takePull(plan: PullPlan, outcome: RelayOutcome<PullResponse>): void {
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

  /** True when the relay has said what becomes of this result. */
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
