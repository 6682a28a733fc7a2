// Observes all rows and messages, and checks the invariants of each change. It also records actors, sends and events.
import { marshall } from '@aws-sdk/util-dynamodb';
import { toJobRow } from '../../../lib/aws/table/job-row.ts';
import { BECAME_TERMINAL, BECAME_WARNED } from '../../../lib/infra/functions/stream-filters.ts';
import { compileFilters } from '../../../lib/local/cloud/sources/event-filter.ts';
import type { Lease } from '../../../lib/protocol/messages.ts';
import { deriveEvent } from '../../../lib/relay/delivery/derive-event.ts';
import type { JobRef } from '../../../lib/relay/model/ports.ts';
import { quotaWindowOf } from '../../../lib/relay/model/quota-window.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { type Change, violationsOfChange } from '../search/invariants.ts';

/** The actor that a process works for. */
export type Actor =
  | { readonly kind: 'partner'; readonly accountId: string; readonly cancels?: string | undefined }
  | {
      readonly kind: 'agent';
      readonly accountId: string;
      readonly agentId: string;
      readonly pool: string;
      /** The leases that its request names. */
      readonly results: readonly Lease[];
      readonly renew: readonly Lease[];
      readonly release: readonly Lease[];
      /** Identifies the signed request. A repeat of the same bytes has the same value. */
      readonly oneTimeValue: string;
      /** True if the request declares itself a repeat. */
      readonly isRepeat: boolean;
    }
  | { readonly kind: 'sweep' };

/** What was observed of one incarnation of a job. */
export interface JobFacts {
  /** True if a submission was answered with 202 for the job. */
  readonly isPromised: boolean;
  readonly sends: number;
  readonly sweepSends: number;
  readonly eventIds: readonly string[];
}

const NO_FACTS: JobFacts = { isPromised: false, sends: 0, sweepSends: 0, eventIds: [] };

/** Everything that was observed. It is plain data, so that the model can restore it. */
export interface Observed {
  readonly facts: ReadonlyMap<string, JobFacts>;
  /** The number of quota units that rows account for, by account. */
  readonly units: ReadonlyMap<string, number>;
  /** The number of processes that crashed or met a failure. */
  readonly faults: number;
  /** The leases that each signed request took, with the execution that took them, by one-time value. */
  readonly leasedUnder: ReadonlyMap<string, LeasedUnder>;
}

export const NOTHING_OBSERVED: Observed = { facts: new Map(), units: new Map(), faults: 0, leasedUnder: new Map() };

export interface LeasedUnder {
  readonly execution: number;
  readonly leases: readonly { readonly jobId: string; readonly fence: number }[];
}

export interface Violation {
  readonly invariant: string;
  readonly detail: string;
}

export interface Observer {
  observed: Observed;
  actor: Actor;
  /** The number of the current execution. It distinguishes two executions of the same signed request. */
  execution: number;
  readonly violations: Violation[];
  changed(old: Job | undefined, now: Job): void;
  sent(accountId: string, ref: JobRef): void;
  addFacts(ref: JobRef, facts: Partial<JobFacts>): void;
  factsOf(ref: JobRef): JobFacts;
}

const isEventSource = compileFilters(
  { Filters: [BECAME_TERMINAL, BECAME_WARNED].map((pattern) => ({ Pattern: JSON.stringify(pattern) })) },
  'the model',
);
const image = (job: Job | undefined) => job && marshall(toJobRow(job), { removeUndefinedValues: true });
const passesStream = (old: Job | undefined, now: Job) =>
  isEventSource({ dynamodb: { NewImage: image(now), OldImage: image(old) } });

const nameOf = ({ jobId, createdAt }: JobRef) => `${jobId}@${createdAt}`;

/** Returns an observer that has observed nothing. */
export function createObserver(clock: () => number, rows: ReadonlyMap<string, Job>): Observer {
  const observer: Observer = {
    observed: NOTHING_OBSERVED,
    actor: { kind: 'sweep' },
    execution: 0,
    violations: [],
    factsOf: (ref) => observer.observed.facts.get(nameOf(ref)) ?? NO_FACTS,
    addFacts(ref, facts) {
      const { observed } = observer;
      const merged = new Map(observed.facts).set(nameOf(ref), { ...observer.factsOf(ref), ...facts });
      observer.observed = { ...observed, facts: merged };
    },
    changed(old, now) {
      const change: Change = { old, now, actor: observer.actor, nowMs: clock(), facts: observer.factsOf(now) };
      observer.violations.push(...violationsOfChange(change));
      if (old?.state !== now.state && passesStream(old, now)) publish(now);
      count(old, now);
      if (now.fence > (old?.fence ?? 0) && observer.actor.kind === 'agent') noteLease(observer.actor.oneTimeValue, now);
    },
    sent(accountId, ref) {
      const row = rows.get(ref.jobId);
      if (row?.createdAt !== ref.createdAt || row.accountId !== accountId)
        observer.violations.push({ invariant: 'a message names an existing row', detail: nameOf(ref) });
      const { sends, sweepSends } = observer.factsOf(ref);
      observer.addFacts(ref, { sends: sends + 1, sweepSends: sweepSends + (observer.actor.kind === 'sweep' ? 1 : 0) });
    },
  };
  const publish = (job: Job) => {
    const event = deriveEvent(job);
    if (event) observer.addFacts(job, { eventIds: [...observer.factsOf(job).eventIds, event.id] });
  };
  /** Counts one unit for a new row, and takes it back if the job ends unleased within its month. */
  const count = (old: Job | undefined, now: Job) => {
    const isNew = old?.admission !== now.admission;
    const isRefunded =
      old?.state === 'queued' && getsRefund(now) && now.fence === 0 && now.quotaWindow === quotaWindowOf(clock());
    const units = Number(isNew) - Number(isRefunded);
    if (units === 0) return;
    const current = observer.observed.units.get(now.accountId) ?? 0;
    observer.observed = {
      ...observer.observed,
      units: new Map(observer.observed.units).set(now.accountId, current + units),
    };
  };
  const noteLease = (oneTimeValue: string, { jobId, fence }: Job) => {
    const { execution, observed, violations } = observer;
    const before = observed.leasedUnder.get(oneTimeValue);
    if (before && before.execution !== execution)
      violations.push({ invariant: 'a signed pull takes leases once', detail: oneTimeValue });
    const leases = [...(before?.leases ?? []), { jobId, fence }];
    const leasedUnder = new Map(observed.leasedUnder).set(oneTimeValue, { execution, leases });
    observer.observed = { ...observer.observed, leasedUnder };
  };
  return observer;
}

const getsRefund = ({ state }: Job) => state === 'canceled' || state === 'expired';
