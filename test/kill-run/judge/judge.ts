// What must hold when everything has ended, whatever was killed. Pure: facts in, one sentence for each broken rule out.
import type { EvidencePayload } from '../../../lib/protocol/evidence/evidence.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import type { KeptDelivery } from '../consumer.ts';
import type { Handed } from '../run.ts';
import { judgeLog } from './judge-log.ts';

export interface Facts {
  readonly accountId: string;
  readonly agentIds: readonly string[];
  /** How many jobs there were to be. */
  readonly jobs: number;
  readonly handed: readonly Handed[];
  readonly endOf: (number: number) => string;
  /** Every job of the account. */
  readonly rows: readonly Job[];
  /** By job. */
  readonly evidence: ReadonlyMap<string, EvidencePayload>;
  readonly deliveries: readonly KeptDelivery[];
  /** Units of the month, and how many more than jobs the kills may have cost. */
  readonly quota: { readonly used: number; readonly lostAtMost: number };
  /** What the functions logged. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

export function judge(facts: Facts): readonly string[] {
  return [judgeHanded, judgeRows, judgeEvents, judgeQuota, judgeLog].flatMap((rule) => rule(facts));
}

/** Every key made one job, and nothing else made any. */
function judgeHanded({ jobs, handed, rows }: Facts): string[] {
  const ids = new Map<number, Set<string>>();
  for (const { number, jobId } of handed) ids.set(number, (ids.get(number) ?? new Set()).add(jobId));
  const known = new Set(handed.map(({ jobId }) => jobId));
  const held = new Set(rows.map(({ jobId }) => jobId));
  return [
    ...(ids.size === jobs ? [] : [`${ids.size} of ${jobs} jobs were taken`]),
    ...[...ids].filter(([, own]) => own.size > 1).map(([number]) => `the key of job ${number} made several jobs`),
    ...[...known].filter((jobId) => !held.has(jobId)).map((jobId) => `${jobId} is lost`),
    ...[...held].filter((jobId) => !known.has(jobId)).map((jobId) => `${jobId} is nobody's`),
  ];
}

/** All are completed, with the result of their own link, by an agent of the account, under the lease they ended with. */
function judgeRows(facts: Facts): string[] {
  return facts.rows.flatMap((job) => {
    const { jobId, state, result, fence, attempts } = job;
    if (state !== 'completed' || !result) return [`${jobId} is ${state} (${job.endReason ?? 'no reason'})`];
    const proof = facts.evidence.get(jobId);
    return [
      ...(result.finalUrl === facts.endOf(Number(job.submission.rowId)) ? [] : [`${jobId} has another link's result`]),
      ...(facts.agentIds.includes(result.agentId) ? [] : [`${jobId} was done by ${result.agentId}`]),
      ...(attempts >= 1 && attempts <= fence ? [] : [`${jobId} had ${attempts} attempts under ${fence} fences`]),
      ...(proof?.fence === fence && proof.agentId === result.agentId ? [] : [`${jobId} has another lease's evidence`]),
    ];
  });
}

/** One event for each job, however often it is delivered, and it says what the row says. */
function judgeEvents({ rows, deliveries }: Facts): string[] {
  const byJob = Map.groupBy(deliveries, ({ event }) => event.data.job.jobId);
  const known = new Set(rows.map(({ jobId }) => jobId));
  return [
    ...deliveries.filter(({ isGenuine }) => !isGenuine).map(({ id }) => `the delivery ${id} has no good signature`),
    ...[...byJob.keys()].filter((jobId) => !known.has(jobId)).map((jobId) => `an event is about ${jobId}, of others`),
    ...rows.flatMap((job) => judgeEventsOf(job, byJob.get(job.jobId) ?? [])),
  ];
}

function judgeEventsOf({ jobId, result }: Job, deliveries: readonly KeptDelivery[]): string[] {
  const ids = new Set(deliveries.map(({ id }) => id));
  if (ids.size !== 1) return [`${jobId} has ${ids.size} events`];
  const isSame = ({ event: { type, data } }: KeptDelivery) =>
    type === 'link.resolved' && data.job.result?.agentId === result?.agentId;
  return deliveries.every(isSame) ? [] : [`an event of ${jobId} does not say what its row says`];
}

/** A crash between unit and job loses the unit; nothing makes a job without one. */
function judgeQuota({ rows, quota: { used, lostAtMost } }: Facts): string[] {
  const lost = used - rows.length;
  if (lost < 0) return [`${rows.length} jobs took only ${used} units`];
  return lost <= lostAtMost ? [] : [`${lost} units are lost, where the kills explain ${lostAtMost}`];
}
