// Many jobs become durable together: one read, one quota update, a write for each, messages by ten.

import type { PartnerCall } from '../http/request-pipeline.ts';
import { refuseForFailure } from '../model/describe-failure.ts';
import type { Refusal } from '../model/http-response.ts';
import { mapConcurrently } from '../model/map-concurrently.ts';
import type { Job } from '../model/records.ts';
import { type AdmissionPorts, isPastRetention } from './admit-job.ts';
import { takeUnitsUpTo } from './quota.ts';
import { refundUnmade } from './refund-quota.ts';
import { sendMany } from './send-many.ts';

/** What stands under an id now: a job that was made for the first who wanted it, one that was there, or none. */
export type Admission =
  | { readonly kind: 'made'; readonly job: Job; readonly unsent?: Refusal | undefined }
  | { readonly kind: 'found'; readonly job: Job }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** By job id. */
export type AdmissionsByJob = ReadonlyMap<string, Admission>;

export interface Admitted {
  readonly admissions: AdmissionsByJob;
  /** For the answer's head: where the quota stands, if it was asked. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Quick for a whole batch, and leaves connections to others. */
const WRITES_AT_ONCE = 20;

/**
 * Of several jobs under one id the first counts. Those that are there cost nothing; where the quota is not enough for the
 * others, the first get it. Throws only while nothing is made.
 */
export async function admitMany(ports: AdmissionPorts, call: PartnerCall, wanted: readonly Job[]): Promise<Admitted> {
  const firsts = wanted.filter(({ jobId }, index) => wanted.findIndex((job) => job.jobId === jobId) === index);
  const found = await findExisting(ports, call, firsts);
  const missing = firsts.filter(({ jobId }) => !found.has(jobId));
  if (missing.length === 0) return { admissions: found, headers: {} };
  const { taken, headers, refusal } = await takeUnitsUpTo(ports, call, missing.length);
  const made = await makeAll(ports, call, missing.slice(0, taken));
  const beyond = await findOrRefuse(ports, call, missing.slice(taken), refusal);
  return { admissions: new Map([...found, ...made, ...beyond]), headers };
}

/** The last units may have gone to these very jobs, sent twice at once. */
async function findOrRefuse(ports: AdmissionPorts, call: PartnerCall, jobs: readonly Job[], refusal: Refusal) {
  try {
    const twins = await findExisting(ports, call, jobs);
    return jobs.map(({ jobId }) => [jobId, twins.get(jobId) ?? refuse(refusal)] as const);
  } catch (error) {
    // Others of the batch are made by now, and are answered.
    return jobs.map(({ jobId }) => [jobId, refuse(refuseForFailure(error))] as const);
  }
}

const refuse = (refusal: Refusal): Admission => ({ kind: 'refused', refusal });

async function findExisting({ jobs }: AdmissionPorts, { nowMs }: PartnerCall, firsts: readonly Job[]) {
  const found = firsts.length > 0 ? await jobs.findMany(firsts.map(({ jobId }) => jobId)) : [];
  const kept = found.filter((job) => !isPastRetention(job, nowMs));
  return new Map<string, Admission>(kept.map((job) => [job.jobId, { kind: 'found', job }]));
}

/** Rows, messages, and the units of those that another request was quicker to make. */
async function makeAll(ports: AdmissionPorts, call: PartnerCall, jobs: readonly Job[]) {
  const outcomes = await mapConcurrently(jobs, WRITES_AT_ONCE, (job) => make(ports, call, job));
  const unsent = await sendMany(
    ports.queues,
    outcomes.flatMap((outcome) => (outcome.kind === 'made' ? outcome.job : [])),
  );
  await refundUnmade(ports, call, outcomes.filter(({ kind }) => kind === 'found').length);
  return jobs.map(({ jobId }, index) => {
    const outcome = outcomes[index] as Admission;
    return [jobId, outcome.kind === 'made' ? { ...outcome, unsent: unsent.get(jobId) } : outcome] as const;
  });
}

async function make({ jobs }: AdmissionPorts, { nowMs }: PartnerCall, job: Job): Promise<Admission> {
  try {
    const created = await jobs.create(job, nowMs);
    const isOurs = created.done || created.job?.admission === job.admission;
    return isOurs ? { kind: 'made', job } : { kind: 'found', job: created.job ?? job };
  } catch (error) {
    return refuse(refuseForFailure(error));
  }
}
