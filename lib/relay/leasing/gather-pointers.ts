// Receives pointers for a pull. Stale pointers never hold up fresh work: a pull that meets one goes on until it has enough.

import { LIMITS } from '../../api/limits.ts';
import { describeFailure } from '../model/describe-failure.ts';
import type { Clock, JobMessage, JobRef, Pool } from '../model/ports.ts';
import { settleAll } from '../model/settle-all.ts';
import { TUNING } from '../model/tuning.ts';
import { hideMessages, type LeasingPorts } from './settle-messages.ts';
import { decideMessage, handleStale, type Pointer, settleStale } from './stale-pointers.ts';

/** The ports that receiving needs. */
export interface GatherPorts extends LeasingPorts {
  readonly clock: Clock;
}

/** What a pull received. */
export interface Gathered {
  /** Pointers to different jobs that could be leased when they were read, at most as many as wanted. */
  readonly leasable: readonly JobMessage[];
  /** False when the queue gave nothing. */
  readonly hasReceived: boolean;
}

/**
 * Receives up to `want` pointers, once. Only when one of them was stale does it go on, many at a time and for at most two
 * seconds, until it has enough or meets no stale pointer any more. Stale pointers are deleted or hidden; what is too much
 * becomes visible again at once.
 * @throws DependencyUnavailable when the first receive fails, or the read of its jobs. A later failure only ends the search.
 */
export async function gatherPointers(ports: GatherPorts, pool: Pool, want: number): Promise<Gathered> {
  const until = ports.clock() + TUNING.staleSearchMs;
  const first = await receiveSorted(ports, pool, { limit: want, known: [] });
  const leasable = [...first.leasable];
  let goesOn = first.hasStale;
  while (goesOn && leasable.length < want && ports.clock() < until) {
    const next = await searchOn(ports, pool, leasable);
    leasable.push(...next.leasable);
    goesOn = next.hasStale;
  }
  await hideMessages(
    ports,
    pool,
    leasable.slice(want).map(({ receipt }) => ({ receipt, seconds: 0 })),
  );
  return { leasable: leasable.slice(0, want), hasReceived: first.hasReceived };
}

/** Receives as much as a pull may at once. A failure ends the search, and what was found before is leased. */
async function searchOn(ports: GatherPorts, pool: Pool, known: readonly JobMessage[]): Promise<Sorted> {
  try {
    return await receiveSorted(ports, pool, { limit: TUNING.staleSearchPointers, known });
  } catch (error) {
    logFailure(ports, error);
    return NOTHING;
  }
}

function logFailure({ eventLog }: GatherPorts, error: unknown): void {
  eventLog.record({ event: 'dependency.failed', where: 'job queue', reason: describeFailure(error) });
}

interface Sorted extends Gathered {
  /** Whether a received pointer was of no use: stale, or a second one to a job that is known already. */
  readonly hasStale: boolean;
}

const NOTHING: Sorted = { leasable: [], hasStale: false, hasReceived: false };

interface Receiving {
  readonly limit: number;
  /** Pointers that were found before. */
  readonly known: readonly JobMessage[];
}

/** Receives, reads the jobs of all pointers in one batch, and settles the stale ones. */
async function receiveSorted(ports: GatherPorts, pool: Pool, { limit, known }: Receiving): Promise<Sorted> {
  const visibilitySeconds = LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds;
  const messages = await ports.queues.receive(pool, { limit, visibilitySeconds });
  if (messages.length === 0) return NOTHING;
  const pointers = await readJobs(ports, pool, messages);
  const nowMs = ports.clock();
  const isLeasable = (pointer: Pointer) => decideMessage(pointer, nowMs).kind === 'lease';
  const stale = pointers.filter((pointer) => !isLeasable(pointer));
  const handled = await settleAll(stale, (pointer) => handleStale(ports, pointer, nowMs));
  if (handled.failure) logFailure(ports, handled.failure.error);
  await settleStale(ports, pool, handled.values);
  const leasable = withoutRepeats(
    pointers.filter(isLeasable).map(({ message }) => message),
    known,
  );
  return { leasable, hasStale: leasable.length < messages.length, hasReceived: messages.length > 0 };
}

async function readJobs(ports: GatherPorts, pool: Pool, messages: readonly JobMessage[]): Promise<readonly Pointer[]> {
  const jobIds = [...new Set(messages.flatMap(({ ref }) => ref?.jobId ?? []))];
  const jobs = new Map((await ports.jobs.findMany(jobIds)).map((job) => [job.jobId, job]));
  return messages.map((message) => ({ message, pool, job: jobs.get(message.ref?.jobId ?? '') }));
}

/** Returns one message for each job. A second message of a job is not touched: it stays hidden while the lease lasts. */
function withoutRepeats(messages: readonly JobMessage[], known: readonly JobMessage[]): readonly JobMessage[] {
  const isFirst = ({ ref }: JobMessage, index: number) =>
    [...known, ...messages].findIndex((other) => isSameRef(other.ref, ref)) === known.length + index;
  return messages.filter(isFirst);
}

function isSameRef(one: JobRef | undefined, other: JobRef | undefined): boolean {
  return one?.jobId === other?.jobId && one?.createdAt === other?.createdAt;
}
