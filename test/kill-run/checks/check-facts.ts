// The rules that must hold when all jobs have ended. The check is pure: it returns one sentence for each violated rule.
import type { EvidencePayload } from '../../../lib/protocol/evidence/evidence.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import type { ReceivedDelivery } from '../consumer.ts';
import type { SubmittedJob } from '../run.ts';
import { checkLog } from './check-log.ts';

export interface Facts {
  readonly accountId: string;
  readonly agentIds: readonly string[];
  /** The number of jobs to submit. */
  readonly jobs: number;
  readonly submitted: readonly SubmittedJob[];
  readonly finalUrlOf: (number: number) => string;
  /** All jobs of the account. */
  readonly rows: readonly Job[];
  /** The payloads of evidence by job id. */
  readonly evidence: ReadonlyMap<string, EvidencePayload>;
  readonly deliveries: readonly ReceivedDelivery[];
  /** The units used in the month, and the most units that kills may have lost. */
  readonly quota: { readonly used: number; readonly lostAtMost: number };
  /** The lines that the functions logged. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

/** Returns one sentence for each violated rule. */
export function checkFacts(facts: Facts): readonly string[] {
  return [checkSubmissions, checkRows, checkEvents, checkQuota, checkLog].flatMap((rule) => rule(facts));
}

/** Checks that every idempotency key created exactly one job, and that there are no other jobs. */
function checkSubmissions({ jobs, submitted, rows }: Facts): string[] {
  const ids = new Map<number, Set<string>>();
  for (const { number, jobId } of submitted) ids.set(number, (ids.get(number) ?? new Set()).add(jobId));
  const known = new Set(submitted.map(({ jobId }) => jobId));
  const stored = new Set(rows.map(({ jobId }) => jobId));
  return [
    ...(ids.size === jobs ? [] : [`only ${ids.size} of ${jobs} jobs were admitted`]),
    ...[...ids].filter(([, own]) => own.size > 1).map(([number]) => `the key of job ${number} created several jobs`),
    ...[...known].filter((jobId) => !stored.has(jobId)).map((jobId) => `${jobId} is lost`),
    ...[...stored].filter((jobId) => !known.has(jobId)).map((jobId) => `${jobId} was never submitted`),
  ];
}

/** Checks that each job is completed by an agent of the account, with its own link's result and its last lease's evidence. */
function checkRows(facts: Facts): string[] {
  return facts.rows.flatMap((job) => {
    const { jobId, state, result, fence, attempts } = job;
    if (state !== 'completed' || !result) return [`${jobId} is ${state} (${job.endReason ?? 'no reason'})`];
    const proof = facts.evidence.get(jobId);
    return [
      ...(result.finalUrl === facts.finalUrlOf(Number(job.submission.rowId))
        ? []
        : [`${jobId} has the result of another link`]),
      ...(facts.agentIds.includes(result.agentId)
        ? []
        : [`${jobId} was completed by ${result.agentId}, an agent of another account`]),
      ...(attempts >= 1 && attempts <= fence ? [] : [`${jobId} had ${attempts} attempts under ${fence} fences`]),
      ...(proof?.fence === fence && proof.agentId === result.agentId ? [] : [`${jobId} has no evidence of its lease`]),
    ];
  });
}

/** Checks that each job has exactly one event, delivered once or more, which agrees with the row. */
function checkEvents({ rows, deliveries }: Facts): string[] {
  const byJob = Map.groupBy(deliveries, ({ event }) => event.data.job.jobId);
  const known = new Set(rows.map(({ jobId }) => jobId));
  return [
    ...deliveries.filter(({ isGenuine }) => !isGenuine).map(({ id }) => `the delivery ${id} has an invalid signature`),
    ...[...byJob.keys()]
      .filter((jobId) => !known.has(jobId))
      .map((jobId) => `an event names ${jobId}, which is not in the account`),
    ...rows.flatMap((job) => checkEventsOf(job, byJob.get(job.jobId) ?? [])),
  ];
}

function checkEventsOf({ jobId, result }: Job, deliveries: readonly ReceivedDelivery[]): string[] {
  const ids = new Set(deliveries.map(({ id }) => id));
  if (ids.size !== 1) return [`${jobId} has ${ids.size} events`];
  const isSame = ({ event: { type, data } }: ReceivedDelivery) =>
    type === 'link.resolved' && data.job.result?.agentId === result?.agentId;
  return deliveries.every(isSame) ? [] : [`an event of ${jobId} disagrees with its row`];
}

/** Checks the quota. A crash between the take and the job's row loses the unit, but no job exists without a unit. */
function checkQuota({ rows, quota: { used, lostAtMost } }: Facts): string[] {
  const lost = used - rows.length;
  if (lost < 0) return [`${rows.length} jobs took only ${used} units`];
  return lost <= lostAtMost ? [] : [`${lost} units are lost, but the kills explain only ${lostAtMost}`];
}
