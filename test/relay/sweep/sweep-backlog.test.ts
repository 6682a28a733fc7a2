// A sweep with much to do: bounded in each run, oldest first, nobody behind those that fail, nothing twice and nothing lost.

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

/** So many jobs, each a millisecond older than the one before it. */
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
  it('goes out in five runs, each job once, in the order of age', async () => {
    const { world, oldestFirst } = await withBacklog(5 * TUNING.sweepItems);
    const runs = [];
    for (let minute = 0; minute < 5; minute += 1) {
      runs.push(await sweep(world.ports));
      // The first are due again by the fourth run, but behind all that still waits.
      world.passSeconds(60);
    }
    expect(runs.map(({ jobs }) => jobs)).toEqual(Array.from({ length: 5 }, () => TUNING.sweepItems));
    expect(runs.map(({ hasMore }) => hasMore)).toEqual([true, true, true, true, true]);
    expect(sentIds(world)).toEqual(oldestFirst);
  });

  it('past its deadline ends so many a run, so that its events come no faster, and nothing is sent', async () => {
    const { world } = await withBacklog(2 * TUNING.sweepItems, { deadlineAt: NOW - DAY });
    const ended = () => world.ports.jobs.all().filter(({ state }) => state === 'expired').length;
    for (let run = 1; run <= 2; run += 1) {
      await sweep(world.ports);
      expect(ended()).toBe(run * TUNING.sweepItems);
    }
    expect(sentIds(world)).toEqual([]);
  });
});

it('that dies while it ends jobs that nobody had keeps one unit at most, however many there are', async () => {
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

it('a thousand due jobs cost ten reads, a hundred sends, and a write each', async () => {
  const { world } = await withBacklog(1_000);
  const { ports, calls } = createFaultyProcess({ ...world.ports });
  expect(await sweep(ports)).toMatchObject({ jobs: 1_000, hasMore: false });
  const counts = Object.fromEntries([...Map.groupBy(calls, (name) => name)].map(([name, all]) => [name, all.length]));
  expect(counts).toEqual({ 'jobs.findMany': 10, 'queues.sendMany': 100, 'jobs.moveDue': 1_000 });
});

describe('a run that has no time left', () => {
  it('stops, says so, and leaves the rest to the next', async () => {
    const { world, oldestFirst } = await withBacklog(3 * TUNING.sweepItemsPerRead);
    const { queues } = world.ports;
    const sendMany: typeof queues.sendMany = async (pool, refs) => {
      world.passSeconds(2);
      return queues.sendMany(pool, refs);
    };
    const slow = { ...world.ports, queues: { ...queues, sendMany } };
    // Twenty sends of two seconds fill it.
    expect(await sweep(slow)).toMatchObject({ jobs: 200, hasMore: true });
    expect(await sweep(world.ports)).toMatchObject({ jobs: 100, hasMore: false });
    expect(sentIds(world)).toEqual(oldestFirst);
  });
});

describe('those that fail', () => {
  const down = () => new DependencyUnavailable('SQS', { cause: new Error('QueueDoesNotExist') });

  it('however many and however old keep nobody waiting, and their queue is asked once in a run', async () => {
    const { world } = await withBacklog(TUNING.sweepItems + 500, { pool: 'gone', createdAt: NOW - DAY });
    const healthy = await addJobs(world, 50);
    const { queues } = world.ports;
    let asked = 0;
    const sendMany: typeof queues.sendMany = async (pool, refs) => {
      if (pool.pool !== 'gone') return queues.sendMany(pool, refs);
      asked += 1;
      throw down();
    };
    expect(await sweep({ ...world.ports, queues: { ...queues, sendMany } })).toMatchObject({ jobs: 50 });
    expect(sentIds(world).toSorted()).toEqual(healthy.map(({ jobId }) => jobId).toSorted());
    expect([asked, world.namesOfEvents().filter((name) => name === 'dependency.failed').length]).toEqual([1, 1]);
  });

  it('to be read together are read alone, and only the one that cannot be read is left', async () => {
    const { world, oldestFirst } = await withBacklog(30);
    const { jobs } = world.ports;
    const [, broken = ''] = oldestFirst;
    const find: typeof jobs.find = (jobId) => (jobId === broken ? Promise.reject(down()) : jobs.find(jobId));
    const findMany = () => Promise.reject(down());
    expect(await sweep({ ...world.ports, jobs: { ...jobs, find, findMany } })).toMatchObject({ jobs: 29 });
    expect(sentIds(world)).toEqual(oldestFirst.filter((jobId) => jobId !== broken));
  });

  it('to be taken by the queue, of those that it is sent together, stay due alone', async () => {
    const { world, oldestFirst } = await withBacklog(10);
    const { queues } = world.ports;
    const [refused = ''] = oldestFirst;
    const sendMany: typeof queues.sendMany = async (pool, refs) => {
      await queues.sendMany(
        pool,
        refs.filter(({ jobId }) => jobId !== refused),
      );
      return refs.filter(({ jobId }) => jobId === refused);
    };
    expect(await sweep({ ...world.ports, queues: { ...queues, sendMany } })).toMatchObject({ jobs: 9 });
    expect(await sweep(world.ports)).toMatchObject({ jobs: 1 });
    expect(sentIds(world).toSorted()).toEqual(oldestFirst.toSorted());
  });
});

it('whatever is due and whatever fails: no run sends a job twice, each open job is sent or ends in the end, and its unit comes back once', async () => {
  const kinds: Readonly<Record<string, Partial<Job>>> = {
    waiting: { deadlineAt: NOW + DAY },
    late: { deadlineAt: NOW - MINUTE },
    tired: { deadlineAt: NOW + DAY, attempts: LIMITS.attempts, fence: LIMITS.attempts },
    inSecondPool: { deadlineAt: NOW + DAY, pool: 'second' },
  };
  const plans = fc.array(
    fc.record({ kind: fc.constantFrom(...Object.keys(kinds)), ageSeconds: fc.integer({ min: 200, max: 90_000 }) }),
    { maxLength: 30 },
  );
  const failing = fc.array(fc.boolean(), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(plans, failing, async (wanted, failures) => {
      const world = await createWorld();
      const jobs = wanted.map(({ kind, ageSeconds }) => sampleJob({ ...kinds[kind], dueAt: NOW - ageSeconds * 1000 }));
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
