// Many jobs become durable together: one read, one quota update, a write for each, messages by ten.

import type { PartnerCall } from '../http/front-door.ts';
import { mapFewAtOnce } from '../model/few-at-once.ts';
import type { Refusal } from '../model/http-response.ts';
import type { Job } from '../model/records.ts';
import { refuseForFailure } from '../model/refuse-for-failure.ts';
import { type AdmissionPorts, isGone } from './admit-job.ts';
import { giveBackUnmade } from './give-back.ts';
import { takeUnitsUpTo } from './quota.ts';
import { sendMany } from './send-many.ts';

/** What stands under an id now: a job that was made for the first who wanted it, one that was there, or none. */
export type Standing =
  | { readonly kind: 'made'; readonly job: Job; readonly unsent?: Refusal | undefined }
  | { readonly kind: 'found'; readonly job: Job }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** By job id. */
export type StandingJobs = ReadonlyMap<string, Standing>;

export interface Admitted {
  readonly standing: StandingJobs;
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
  const found = await findStanding(ports, call, firsts);
  const missing = firsts.filter(({ jobId }) => !found.has(jobId));
  if (missing.length === 0) return { standing: found, headers: {} };
  const { taken, headers, refusal } = await takeUnitsUpTo(ports, call, missing.length);
  const made = await makeAll(ports, call, missing.slice(0, taken));
  const beyond = await findOrRefuse(ports, call, missing.slice(taken), refusal);
  return { standing: new Map([...found, ...made, ...beyond]), headers };
}

/** The last units may have gone to these very jobs, sent twice at once. */
async function findOrRefuse(ports: AdmissionPorts, call: PartnerCall, jobs: readonly Job[], refusal: Refusal) {
  try {
    const twins = await findStanding(ports, call, jobs);
    return jobs.map(({ jobId }) => [jobId, twins.get(jobId) ?? refuse(refusal)] as const);
  } catch (error) {
    // Others of the batch are made by now, and are answered.
    return jobs.map(({ jobId }) => [jobId, refuse(refuseForFailure(error))] as const);
  }
}

const refuse = (refusal: Refusal): Standing => ({ kind: 'refused', refusal });

async function findStanding({ jobs }: AdmissionPorts, { nowMs }: PartnerCall, firsts: readonly Job[]) {
  const found = firsts.length > 0 ? await jobs.findMany(firsts.map(({ jobId }) => jobId)) : [];
  const kept = found.filter((job) => !isGone(job, nowMs));
  return new Map<string, Standing>(kept.map((job) => [job.jobId, { kind: 'found', job }]));
}

/** Rows, messages, and the units of those that another request was quicker to make. */
async function makeAll(ports: AdmissionPorts, call: PartnerCall, jobs: readonly Job[]) {
  const outcomes = await mapFewAtOnce(jobs, WRITES_AT_ONCE, (job) => make(ports, call, job));
  const unsent = await sendMany(
    ports.queues,
    outcomes.flatMap((outcome) => (outcome.kind === 'made' ? outcome.job : [])),
  );
  await giveBackUnmade(ports, call, outcomes.filter(({ kind }) => kind === 'found').length);
  return jobs.map(({ jobId }, index) => {
    const outcome = outcomes[index] as Standing;
    return [jobId, outcome.kind === 'made' ? { ...outcome, unsent: unsent.get(jobId) } : outcome] as const;
  });
}

async function make({ jobs }: AdmissionPorts, { nowMs }: PartnerCall, job: Job): Promise<Standing> {
  try {
    const created = await jobs.create(job, nowMs);
    const isOurs = created.done || created.job?.admission === job.admission;
    return isOurs ? { kind: 'made', job } : { kind: 'found', job: created.job ?? job };
  } catch (error) {
    return refuse(refuseForFailure(error));
  }
}
