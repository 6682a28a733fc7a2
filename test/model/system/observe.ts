// What an observer of all rows and messages knows besides them: who did it, who asked for what, which events the stream gave.
import { marshall } from '@aws-sdk/util-dynamodb';
import { toJobRow } from '../../../lib/aws/table/job-row.ts';
import { BECAME_TERMINAL, BECAME_WARNED } from '../../../lib/infra/functions/stream-filters.ts';
import { compileFilters } from '../../../lib/local/cloud/sources/event-filter.ts';
import type { Lease } from '../../../lib/protocol/messages.ts';
import { deriveEvent } from '../../../lib/relay/delivery/derive-event.ts';
import type { JobRef } from '../../../lib/relay/model/ports.ts';
import { quotaWindowOf } from '../../../lib/relay/model/quota-window.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { breaksOfChange, type Change } from '../search/invariants.ts';

/** In whose name a process works. */
export type Actor =
  | { readonly kind: 'partner'; readonly accountId: string; readonly cancels?: string | undefined }
  | {
      readonly kind: 'agent';
      readonly accountId: string;
      readonly agentId: string;
      readonly pool: string;
      /** What its request says it may change. */
      readonly results: readonly Lease[];
      readonly renew: readonly Lease[];
      readonly release: readonly Lease[];
      /** Names the signed request: a repeat of the same bytes has the same. */
      readonly oneTimeValue: string;
      /** It says that it is one. */
      readonly isRepeat: boolean;
    }
  | { readonly kind: 'sweep' };

/** Of one incarnation of a job. */
export interface JobFacts {
  /** A submission was answered with 202 and it. */
  readonly isPromised: boolean;
  readonly sends: number;
  readonly sweepSends: number;
  readonly eventIds: readonly string[];
}

const NO_FACTS: JobFacts = { isPromised: false, sends: 0, sweepSends: 0, eventIds: [] };

/** All of it is data, so that it can be set back. */
export interface Observed {
  readonly facts: ReadonlyMap<string, JobFacts>;
  /** Units that rows stand for, by account. */
  readonly units: ReadonlyMap<string, number>;
  /** Processes that died, or met a failure. */
  readonly faults: number;
  /** Which leases were taken under which signed request, and in which execution of it. */
  readonly leasedUnder: ReadonlyMap<string, LeasedUnder>;
}

export const NOTHING_OBSERVED: Observed = { facts: new Map(), units: new Map(), faults: 0, leasedUnder: new Map() };

export interface LeasedUnder {
  readonly execution: number;
  readonly leases: readonly { readonly jobId: string; readonly fence: number }[];
}

export interface Broken {
  readonly invariant: string;
  readonly detail: string;
}

export interface Observer {
  observed: Observed;
  actor: Actor;
  /** Executions of requests, so that a second one under the same bytes is known. */
  execution: number;
  readonly broken: Broken[];
  changed(old: Job | undefined, now: Job): void;
  sent(accountId: string, ref: JobRef): void;
  note(ref: JobRef, facts: Partial<JobFacts>): void;
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

export function createObserver(clock: () => number, rows: ReadonlyMap<string, Job>): Observer {
  const observer: Observer = {
    observed: NOTHING_OBSERVED,
    actor: { kind: 'sweep' },
    execution: 0,
    broken: [],
    factsOf: (ref) => observer.observed.facts.get(nameOf(ref)) ?? NO_FACTS,
    note(ref, facts) {
      const { observed } = observer;
      const noted = new Map(observed.facts).set(nameOf(ref), { ...observer.factsOf(ref), ...facts });
      observer.observed = { ...observed, facts: noted };
    },
    changed(old, now) {
      const change: Change = { old, now, actor: observer.actor, nowMs: clock(), facts: observer.factsOf(now) };
      observer.broken.push(...breaksOfChange(change));
      if (old?.state !== now.state && passesStream(old, now)) publish(now);
      count(old, now);
      if (now.fence > (old?.fence ?? 0) && observer.actor.kind === 'agent') noteLease(observer.actor.oneTimeValue, now);
    },
    sent(accountId, ref) {
      const row = rows.get(ref.jobId);
      if (row?.createdAt !== ref.createdAt || row.accountId !== accountId)
        observer.broken.push({ invariant: 'a message names a row that is there', detail: nameOf(ref) });
      const { sends, sweepSends } = observer.factsOf(ref);
      observer.note(ref, { sends: sends + 1, sweepSends: sweepSends + (observer.actor.kind === 'sweep' ? 1 : 0) });
    },
  };
  const publish = (job: Job) => {
    const event = deriveEvent(job);
    if (event) observer.note(job, { eventIds: [...observer.factsOf(job).eventIds, event.id] });
  };
  /** A row is a unit, unless it ended in its month before anybody had it. */
  const count = (old: Job | undefined, now: Job) => {
    const isMade = old?.admission !== now.admission;
    const isGivenBack =
      old?.state === 'queued' && isReturned(now) && now.fence === 0 && now.quotaWindow === quotaWindowOf(clock());
    const units = Number(isMade) - Number(isGivenBack);
    if (units === 0) return;
    const standing = observer.observed.units.get(now.accountId) ?? 0;
    observer.observed = {
      ...observer.observed,
      units: new Map(observer.observed.units).set(now.accountId, standing + units),
    };
  };
  const noteLease = (oneTimeValue: string, { jobId, fence }: Job) => {
    const { execution, observed, broken } = observer;
    const before = observed.leasedUnder.get(oneTimeValue);
    if (before && before.execution !== execution)
      broken.push({ invariant: 'a signed pull takes leases once', detail: oneTimeValue });
    const leases = [...(before?.leases ?? []), { jobId, fence }];
    const leasedUnder = new Map(observed.leasedUnder).set(oneTimeValue, { execution, leases });
    observer.observed = { ...observer.observed, leasedUnder };
  };
  return observer;
}

const isReturned = ({ state }: Job) => state === 'canceled' || state === 'expired';
