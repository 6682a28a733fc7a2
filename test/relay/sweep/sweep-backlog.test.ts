// A sweep with a long backlog: each run is bounded, goes oldest first, and neither loses nor repeats a job when calls fail.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { sweep } from '../../../lib/relay/sweep/sweep.ts';
import { allFaults, createFaultyProcess } from '../../support/faults/fault-port.ts';
import { ACCOUNT, DAY, HOUR, MINUTE, NOW, sampleJob } from '../../support/relay/samples.ts';
import { createWorld, type World } from '../../support/relay/world.ts';

/** Creates `count` due jobs, each a millisecond older than the previous one. */
async function withBacklog(count: number, overrides: Partial<Job> = {}) {
  const world = await createWorld();
  const jobs = await addJobs(world, count, overrides);
  return { world, oldestFirst: jobs.toReversed().map(({ jobId }) => jobId) };
}

async function addJobs(world: World, count: number, overrides: Partial<Job> = {}): Promise<Job[]> {
  const jobs = Array.from({ length: count }, (_, index) => {
    const createdAt = NOW - HOUR - index;
    return sampleJob({ createdAt, dueAt: createdAt + 2 * MINUTE, deadlineAt: NOW + DAY, ...overrides });
  });
  await Promise.all(jobs.map((job) => world.ports.jobs.create(job, job.createdAt)));
  return jobs;
}

const sentIds = (world: World) => world.ports.queues.sent.map(({ jobId }) => jobId);

describe('a backlog of 10,000 jobs', () => {
  it('is sent in five runs, each job once, oldest first', async () => {
    const { world, oldestFirst } = await withBacklog(5 * TUNING.sweepItems);
    const runs = [];
    for (let minute = 0; minute < 5; minute += 1) {
      runs.push(await sweep(world.ports));
      // The first jobs are due again by the fourth run, but later than all jobs that still wait.
      world.passSeconds(60);
    }
    expect(runs.map(({ jobs }) => jobs)).toEqual(Array.from({ length: 5 }, () => TUNING.sweepItems));
    expect(runs.map(({ hasMore }) => hasMore)).toEqual([true, true, true, true, true]);
    expect(sentIds(world)).toEqual(oldestFirst);
  });

  it('expires over several runs if the deadlines are past, which limits the rate of events', async () => {
    const { world } = await withBacklog(2 * TUNING.sweepItems, { deadlineAt: NOW - DAY });
    const ended = () => world.ports.jobs.all().filter(({ state }) => state === 'expired').length;
    for (let run = 1; run <= 2; run += 1) {
      await sweep(world.ports);
      expect(ended()).toBe(run * TUNING.sweepItems);
    }
    expect(sentIds(world)).toEqual([]);
  });
});

it('loses the refund of at most one unit when a run crashes while it expires many jobs', async () => {
  const count = 2 * TUNING.sweepConcurrency;
  const prepare = async () => {
    const { world } = await withBacklog(count, { deadlineAt: NOW - MINUTE });
    await world.ports.quota.take(ACCOUNT.accountId, count, { jobsPerMonth: count, jobsPerMinute: count }, NOW);
    return world;
  };
  const counted = createFaultyProcess({ ...(await prepare()).ports });
  await sweep(counted.ports);
  for (const fault of allFaults(counted.calls.length).filter(({ kind }) => kind === 'crash')) {
    const world = await prepare();
    const { ports, crashed } = createFaultyProcess({ ...world.ports }, fault);
    await Promise.race([sweep(ports), crashed]);
    const open = world.ports.jobs.all().filter(({ state }) => state === 'queued').length;
    expect([open, open + 1]).toContain(world.ports.quota.used(ACCOUNT.accountId, '2026-11'));
  }
});

it('spends ten reads, a hundred sends and one write for each job on a thousand due jobs', async () => {
  const { world } = await withBacklog(1_000);
  const { ports, calls } = createFaultyProcess({ ...world.ports });
  expect(await sweep(ports)).toMatchObject({ jobs: 1_000, hasMore: false });
  const counts = Object.fromEntries([...Map.groupBy(calls, (name) => name)].map(([name, all]) => [name, all.length]));
  expect(counts).toEqual({ 'jobs.findMany': 10, 'queues.sendMany': 100, 'jobs.moveDue': 1_000 });
});

describe('a run that is out of time', () => {
  it('stops, reports that more is due, and leaves the rest to the next run', async () => {
    const { world, oldestFirst } = await withBacklog(3 * TUNING.sweepItemsPerRead);
    const { queues } = world.ports;
    const sendMany: typeof queues.sendMany = async (pool, refs) => {
      world.passSeconds(2);
      return queues.sendMany(pool, refs);
    };
    const slow = { ...world.ports, queues: { ...queues, sendMany } };
    // Twenty sends of two seconds each use up the time of one run.
    expect(await sweep(slow)).toMatchObject({ jobs: 200, hasMore: true });
    expect(await sweep(world.ports)).toMatchObject({ jobs: 100, hasMore: false });
    expect(sentIds(world)).toEqual(oldestFirst);
  });
});

describe('jobs that fail', () => {
  const down = () => new DependencyUnavailable('SQS', { cause: new Error('QueueDoesNotExist') });

  it('do not delay other jobs, and a run tries a failing queue only once', async () => {
    const { world } = await withBacklog(TUNING.sweepItems + 500, { pool: 'gone', createdAt: NOW - DAY });
    const healthy = await addJobs(world, 50);
    const { queues } = world.ports;
    let failedSends = 0;
    const sendMany: typeof queues.sendMany = async (pool, refs) => {
      if (pool.pool !== 'gone') return queues.sendMany(pool, refs);
      failedSends += 1;
      throw down();
    };
    expect(await sweep({ ...world.ports, queues: { ...queues, sendMany } })).toMatchObject({ jobs: 50 });
    expect(sentIds(world).toSorted()).toEqual(healthy.map(({ jobId }) => jobId).toSorted());
    expect([failedSends, world.namesOfEvents().filter((name) => name === 'dependency.failed').length]).toEqual([1, 1]);
  });

  it('are read one by one if the batch read fails, and only the unreadable job stays due', async () => {
    const { world, oldestFirst } = await withBacklog(30);
    const { jobs } = world.ports;
    const [, unreadable = ''] = oldestFirst;
    const find: typeof jobs.find = (jobId) => (jobId === unreadable ? Promise.reject(down()) : jobs.find(jobId));
    const findMany = () => Promise.reject(down());
    expect(await sweep({ ...world.ports, jobs: { ...jobs, find, findMany } })).toMatchObject({ jobs: 29 });
    expect(sentIds(world)).toEqual(oldestFirst.filter((jobId) => jobId !== unreadable));
  });

  it('stay due if the queue rejects them, and the other jobs of the batch do not', async () => {
    const { world, oldestFirst } = await withBacklog(10);
    const { queues } = world.ports;
    const [rejected = ''] = oldestFirst;
    const sendMany: typeof queues.sendMany = async (pool, refs) => {
      await queues.sendMany(
        pool,
        refs.filter(({ jobId }) => jobId !== rejected),
      );
      return refs.filter(({ jobId }) => jobId === rejected);
    };
    expect(await sweep({ ...world.ports, queues: { ...queues, sendMany } })).toMatchObject({ jobs: 9 });
    expect(await sweep(world.ports)).toMatchObject({ jobs: 1 });
    expect(sentIds(world).toSorted()).toEqual(oldestFirst.toSorted());
  });
});

it('sends each open job once and ends each other job with one refund, for any backlog and any failing sends', async () => {
  const kinds: Readonly<Record<string, Partial<Job>>> = {
    waiting: { deadlineAt: NOW + DAY },
    late: { deadlineAt: NOW - MINUTE },
    exhausted: { deadlineAt: NOW + DAY, attempts: LIMITS.attempts, fence: LIMITS.attempts },
    inSecondPool: { deadlineAt: NOW + DAY, pool: 'second' },
  };
  const plans = fc.array(
    fc.record({ kind: fc.constantFrom(...Object.keys(kinds)), ageSeconds: fc.integer({ min: 200, max: 90_000 }) }),
    { maxLength: 30 },
  );
  const failing = fc.array(fc.boolean(), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(plans, failing, async (backlog, failures) => {
      const world = await createWorld();
      const jobs = backlog.map(({ kind, ageSeconds }) => sampleJob({ ...kinds[kind], dueAt: NOW - ageSeconds * 1000 }));
      for (const job of jobs) await world.ports.jobs.create(job, NOW);
      await world.ports.quota.take(ACCOUNT.accountId, 100, { jobsPerMonth: 1_000, jobsPerMinute: 1_000 }, NOW);
      const { queues } = world.ports;
      const sendMany: typeof queues.sendMany = async (pool, refs) => {
        if (failures.shift()) throw new DependencyUnavailable('SQS', { cause: new Error('throttled') });
        return queues.sendMany(pool, refs);
      };
      const flaky = { ...world.ports, queues: { ...queues, sendMany } };
      for (let run = 0; run < 45; run += 1) await sweep(flaky);
      const open = jobs.filter(({ deadlineAt, attempts }) => deadlineAt > NOW && attempts < LIMITS.attempts);
      expect(sentIds(world).toSorted()).toEqual(open.map(({ jobId }) => jobId).toSorted());
      const expired = world.ports.jobs.all().filter(({ state }) => state === 'expired').length;
      expect(world.ports.jobs.all().filter(({ state }) => state === 'queued')).toHaveLength(open.length);
      expect(world.ports.quota.used(ACCOUNT.accountId, '2026-11')).toBe(100 - expired);
    }),
    { numRuns: 25 },
  );
});
