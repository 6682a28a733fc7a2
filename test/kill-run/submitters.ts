// The partner: hands every job in, again under the same key for as long as it takes, some of them twice at once.
import { RelayError } from '../../lib/client/index.ts';
import { until } from '../support/laptop/laptop.ts';
import type { Run } from './run.ts';

type Submission = Pick<Run, 'client' | 'site' | 'jobs' | 'handed' | 'endedCount'>;

/** With each asking for two at the most. */
export const SUBMITTERS = 6;
/** No more than so many are open, so that there is something to hand in until the end. */
const OPEN_AT_MOST = 40;
const TWICE_EVERY = 7;
const PATIENCE_MS = 240_000;

export async function submitAll(run: Submission): Promise<void> {
  const numbers = Array.from({ length: run.jobs }, (_, number) => number).values();
  await Promise.all(Array.from({ length: SUBMITTERS }, () => submitSome(run, numbers)));
}

/** Submitters share the numbers. */
async function submitSome(run: Submission, numbers: IterableIterator<number>): Promise<void> {
  for (const number of numbers) {
    const mayGoOn = () => number - run.endedCount() < OPEN_AT_MOST;
    await until(`room for job ${number}`, mayGoOn, PATIENCE_MS);
    const times = number % TWICE_EVERY === 0 ? 2 : 1;
    await Promise.all(Array.from({ length: times }, () => submitOne(run, number)));
  }
}

async function submitOne({ client, site, handed }: Submission, number: number): Promise<void> {
  const facts = { idempotencyKey: `kill-run-${number}`, source: 'kill-run', rowId: String(number) };
  const { job } = await persist(() => client.submit({ ...facts, trackingUrl: site.linkOf(number) }));
  handed.push({ number, jobId: job.jobId });
}

/** While the relay lies dead, and while it says that asking again helps. */
async function persist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RelayError && error.retryable)) throw error;
    }
  }
}
