// How many pointers an open job gets: one more at its first alarm, and later ones only when its queue has surely run empty.

import { describe, expect, it } from 'vitest';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { sweep } from '../../../lib/relay/sweep/sweep.ts';
import { DAY, HOUR, MINUTE, NOW, sampleJob } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

const down = () => Promise.reject(new DependencyUnavailable('SQS', { cause: new Error('throttled') }));

/** Creates waiting jobs whose pointers are in their queue. */
async function withWaiting(count: number, overrides: Partial<Job> = {}) {
  const world = await createWorld();
  const jobs = Array.from({ length: count }, () =>
    sampleJob({ createdAt: NOW, dueAt: NOW + 2 * MINUTE, deadlineAt: NOW + DAY, ...overrides }),
  );
  for (const job of jobs) {
    await world.ports.jobs.create(job, NOW);
    await world.ports.queues.send(job, job);
  }
  return { world, jobs };
}

/** Runs the sweep once a minute. */
async function sweepFor(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.passSeconds(60);
    await sweep(world.ports);
  }
}

/** Loses all messages of the queue. */
async function emptyQueue({ ports, pool }: World): Promise<void> {
  await ports.inventory.remove(pool);
  await ports.queues.createQueue(pool);
}

/** Returns the minutes after `NOW` at which the sweep sends, each once, while it runs every minute. */
async function minutesOfSends(world: World, minutes: number): Promise<number[]> {
  const found: number[] = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    const before = world.ports.queues.sent.length;
    await sweepFor(world, 1);
    if (world.ports.queues.sent.length > before) found.push(minute);
  }
  return found;
}

describe('an open job whose pointer waits in its queue', () => {
  it('gets one more pointer at most in 15 minutes, with 2,100 such jobs', async () => {
    const { world } = await withWaiting(2_100);
    await sweepFor(world, 15);
    const pointers = Map.groupBy(world.ports.queues.sent, ({ jobId }) => jobId);
    expect(pointers.size).toBe(2_100);
    expect(Math.max(...[...pointers.values()].map(({ length }) => length))).toBeLessThanOrEqual(2);
  });

  it('has two pointers in its first six hours, and gets a third after that', async () => {
    const { world } = await withWaiting(1);
    await sweepFor(world, 6 * 60);
    expect(world.ports.queues.sent).toHaveLength(2);
    await sweepFor(world, 2 * 60);
    expect(world.ports.queues.sent).toHaveLength(3);
  });

  it('is not sent again when it has waited for 30 seconds', async () => {
    const { world } = await withWaiting(1);
    world.passSeconds(30);
    await sweep(world.ports);
    expect(world.ports.queues.sent).toHaveLength(1);
  });

  it('has only one pointer if an agent leased it before its first alarm', async () => {
    const { world } = await withWaiting(1, { fence: 1, attempts: 1, state: 'leased', leaseUntil: NOW + MINUTE });
    await sweepFor(world, 60);
    expect(world.ports.queues.sent).toHaveLength(1);
  });

  it('is not sent while its message is in flight, and not when its queue cannot be asked', async () => {
    const { world } = await withWaiting(1, { alarms: 1 });
    await world.ports.queues.receive(world.pool, { limit: 10, visibilitySeconds: 30_000 });
    await sweepFor(world, 60);
    await emptyQueue(world);
    const deaf = { ...world.ports, inventory: { ...world.ports.inventory, depth: down } };
    world.passSeconds(HOUR / 1000);
    const [before] = world.ports.jobs.all();
    expect(await sweep(deaf)).toMatchObject({ jobs: 0 });
    expect(world.ports.jobs.all()).toEqual([before]);
    expect(world.ports.queues.sent).toHaveLength(1);
  });
});

describe('an open job whose pointer was lost', () => {
  it('is sent when two runs have found its queue empty since a minute after its last send', async () => {
    const { world } = await withWaiting(1);
    await emptyQueue(world);
    const lose = { ...world.ports.queues, sendMany: async () => [] };
    world.passSeconds(120);
    // The queue accepts the pointer of the first alarm and loses it.
    await sweep({ ...world.ports, queues: lose });
    // The alarms are at 2, 6 and 14 minutes. The second finds the queue empty, and the third again.
    expect((await minutesOfSends(world, 60)).map((minute) => minute + 2)).toEqual([14]);
  });

  it('is not sent if its queue was found empty only before its last send', async () => {
    const { world } = await withWaiting(1, { alarms: 2, sentAt: NOW - MINUTE, dueAt: NOW });
    await emptyQueue(world);
    await world.ports.emptyQueues.recordEmptyAt(world.pool, NOW - MINUTE - 1);
    await sweep(world.ports);
    expect(world.ports.queues.sent).toHaveLength(1);
    expect(await world.ports.emptyQueues.findEmptyAt(world.pool)).toBe(NOW);
  });

  it('is not sent if the first look is less than a minute old, and not if the second finds a message', async () => {
    const { world, jobs } = await withWaiting(2, { alarms: 2, createdAt: NOW - HOUR, dueAt: NOW });
    await emptyQueue(world);
    await world.ports.emptyQueues.recordEmptyAt(world.pool, NOW - 59_999);
    await sweep(world.ports);
    expect(world.ports.queues.sent).toHaveLength(2);
    expect(await world.ports.emptyQueues.findEmptyAt(world.pool)).toBe(NOW - 59_999);
    world.ports.queues.sendForeign(world.pool);
    world.passSeconds(HOUR / 1000);
    await sweep(world.ports);
    expect(world.ports.queues.sent).toHaveLength(jobs.length);
    expect(await world.ports.emptyQueues.findEmptyAt(world.pool)).toBeUndefined();
  });

  it('is not sent to a queue that does not exist', async () => {
    const { world } = await withWaiting(1, { alarms: 2, createdAt: NOW - HOUR, dueAt: NOW });
    await world.ports.inventory.remove(world.pool);
    await sweepFor(world, 60);
    expect(world.namesOfEvents()).not.toContain('dependency.failed');
    expect(await world.ports.emptyQueues.findEmptyAt(world.pool)).toBeUndefined();
  });
});

it('asks for the depth of a queue once a run, and only if a job needs the answer', async () => {
  const { world } = await withWaiting(250);
  const asked: string[] = [];
  const depth: typeof world.ports.inventory.depth = (pool) => {
    asked.push(pool.pool);
    return world.ports.inventory.depth(pool);
  };
  const watched = { ...world.ports, inventory: { ...world.ports.inventory, depth } };
  world.passSeconds(120);
  await sweep(watched);
  expect(asked).toEqual([]);
  world.passSeconds(240);
  expect(await sweep(watched)).toMatchObject({ jobs: 250 });
  expect(asked).toEqual(['default']);
});

it('ends every job within five minutes when SQS failed for 30 seconds during submissions', async () => {
  const world = await createWorld();
  const { queues } = world.ports;
  world.ports.queues = { ...queues, send: down, sendMany: down };
  const submit = async () => (await world.submit(sampleSubmission())).status;
  const statuses: number[] = [];
  for (let second = 0; second < 30; second += 1) {
    statuses.push(await submit());
    world.passSeconds(1);
  }
  expect(new Set(statuses)).toEqual(new Set([503]));
  world.ports.queues = queues;
  const leased = new Set<string>();
  for (let minute = 0; minute < 3; minute += 1) {
    await sweepFor(world, 1);
    for (let pull = 0; pull < 3; pull += 1)
      for (const { job } of (await world.pull({ want: 10 })).json.jobs) leased.add(job.jobId);
  }
  expect(leased.size).toBe(30);
});
