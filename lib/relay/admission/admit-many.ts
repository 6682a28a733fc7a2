// Admits many jobs at once: one read, one update of the quota, one write for each job, and ten messages in a call.

import type { PartnerCall } from '../http/request-pipeline.ts';
import { refuseForFailure } from '../model/describe-failure.ts';
import type { Refusal } from '../model/http-response.ts';
import { mapConcurrently } from '../model/map-concurrently.ts';
import type { Job } from '../model/records.ts';
import { type AdmissionPorts, isPastRetention } from './admit-job.ts';
import { takeUnitsUpTo } from './quota.ts';
import { refundDuplicates } from './refund-quota.ts';
import { sendMany } from './send-many.ts';

/**
 * The admission of one job id. `created`: this request created the job; `unsent` says why its message was not sent.
 * `found`: the job existed. `refused`: there is no job.
 */
export type Admission =
  | { readonly kind: 'created'; readonly job: Job; readonly unsent?: Refusal | undefined }
  | { readonly kind: 'found'; readonly job: Job }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Admissions by job id. */
export type AdmissionsByJob = ReadonlyMap<string, Admission>;

/** The admissions of a batch, and the quota after it. */
export interface Admissions {
  readonly admissions: AdmissionsByJob;
  /** The rate-limit headers of the answer. Empty when no unit was needed. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Enough parallel writes for a batch to be quick; the remaining connections stay free for other calls. */
const WRITES_AT_ONCE = 20;

/**
 * Admits jobs of one account and returns an admission for each job id. If several jobs have the same id, the first one
 * counts. An existing job costs no unit. If the quota is not enough for all new jobs, the first ones get it.
 * @throws DependencyUnavailable only while no job is created yet. Later failures become refusals.
 */
export async function admitMany(ports: AdmissionPorts, call: PartnerCall, jobs: readonly Job[]): Promise<Admissions> {
  const distinct = jobs.filter(({ jobId }, index) => jobs.findIndex((job) => job.jobId === jobId) === index);
  const found = await findExisting(ports, call, distinct);
  const missing = distinct.filter(({ jobId }) => !found.has(jobId));
  if (missing.length === 0) return { admissions: found, headers: {} };
  const { taken, headers, refusal } = await takeUnitsUpTo(ports, call, missing.length);
  const created = await createAll(ports, call, missing.slice(0, taken));
  const withoutUnit = await findOrRefuse(ports, call, missing.slice(taken), refusal);
  return { admissions: new Map([...found, ...created, ...withoutUnit]), headers };
}

/** When the same jobs are sent twice at once, the other request may have taken the last units for them. */
async function findOrRefuse(ports: AdmissionPorts, call: PartnerCall, jobs: readonly Job[], refusal: Refusal) {
  try {
    const found = await findExisting(ports, call, jobs);
    return jobs.map(({ jobId }) => [jobId, found.get(jobId) ?? refuse(refusal)] as const);
  } catch (error) {
    // Other jobs of the batch are created by now, so the batch must be answered.
    return jobs.map(({ jobId }) => [jobId, refuse(refuseForFailure(error))] as const);
  }
}

const refuse = (refusal: Refusal): Admission => ({ kind: 'refused', refusal });

async function findExisting({ jobs: store }: AdmissionPorts, { nowMs }: PartnerCall, jobs: readonly Job[]) {
  const rows = jobs.length > 0 ? await store.findMany(jobs.map(({ jobId }) => jobId)) : [];
  const found = rows.filter((job) => !isPastRetention(job, nowMs));
  return new Map<string, Admission>(found.map((job) => [job.jobId, { kind: 'found', job }]));
}

/** Writes the rows, sends the messages, and refunds the units of jobs that another request created first. */
async function createAll(ports: AdmissionPorts, call: PartnerCall, jobs: readonly Job[]) {
  const outcomes = await mapConcurrently(jobs, WRITES_AT_ONCE, (job) => createJob(ports, call, job));
  const unsent = await sendMany(
    ports.queues,
    outcomes.flatMap((outcome) => (outcome.kind === 'created' ? outcome.job : [])),
  );
  await refundDuplicates(ports, call, outcomes.filter(({ kind }) => kind === 'found').length);
  return jobs.map(({ jobId }, index) => {
    const outcome = outcomes[index] as Admission;
    return [jobId, outcome.kind === 'created' ? { ...outcome, unsent: unsent.get(jobId) } : outcome] as const;
  });
}

async function createJob({ jobs }: AdmissionPorts, { nowMs }: PartnerCall, job: Job): Promise<Admission> {
  try {
    const created = await jobs.create(job, nowMs);
    const isOurs = created.done || created.job?.admission === job.admission;
    return isOurs ? { kind: 'created', job } : { kind: 'found', job: created.job ?? job };
  } catch (error) {
    return refuse(refuseForFailure(error));
  }
}
