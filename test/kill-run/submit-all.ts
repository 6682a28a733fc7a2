// Submits every job of a run as a partner. It retries with the same idempotency key, and submits some jobs twice at once.
import { RelayError } from '../../lib/client/index.ts';
import { until } from '../support/laptop/laptop.ts';
import type { Run } from './run.ts';

type Submission = Pick<Run, 'client' | 'site' | 'jobs' | 'submitted' | 'endedCount'>;

/** The number of concurrent submitters. Each sends at most two requests at a time. */
export const SUBMITTERS = 6;
/** The most open jobs, so that submissions continue until the end of the run. */
const MAX_OPEN = 40;
const TWICE_EVERY = 7;
const TIMEOUT_MS = 240_000;

/** Submits all jobs of the run. Resolves when each has an answer. */
export async function submitAll(run: Submission): Promise<void> {
  const numbers = Array.from({ length: run.jobs }, (_, number) => number).values();
  await Promise.all(Array.from({ length: SUBMITTERS }, () => submitSome(run, numbers)));
}

/** Submits jobs whose numbers come from the shared iterator. */
async function submitSome(run: Submission, numbers: IterableIterator<number>): Promise<void> {
  for (const number of numbers) {
    const hasRoom = () => number - run.endedCount() < MAX_OPEN;
    await until(`room for job ${number}`, hasRoom, TIMEOUT_MS);
    const times = number % TWICE_EVERY === 0 ? 2 : 1;
    await Promise.all(Array.from({ length: times }, () => submitOne(run, number)));
  }
}

async function submitOne({ client, site, submitted }: Submission, number: number): Promise<void> {
  const facts = { idempotencyKey: `kill-run-${number}`, source: 'kill-run', rowId: String(number) };
  const { job } = await retry(() => client.submit({ ...facts, trackingUrl: site.linkOf(number) }));
  submitted.push({ number, jobId: job.jobId });
}

/** Repeats a call while its error is retryable, which includes a relay that is down. */
async function retry<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RelayError && error.retryable)) throw error;
    }
  }
}
