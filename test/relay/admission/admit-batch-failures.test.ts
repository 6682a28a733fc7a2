// Batches that race, and batches while a service fails: no job is lost or created twice, and no unit is taken twice.
import { describe, expect, it } from 'vitest';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { itemsOf, outcomeOf, sendBatch, submissions, used } from '../../support/relay/batches.ts';
import { ACCOUNT, NOW, SECOND } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../support/relay/world.ts';

describe('batches that race for the same keys', () => {
  it('create one job for each key, and refund the units of the requests that lost', async () => {
    const world = await createWorld();
    const jobs = submissions(30);
    // No request sees the rows of the others before it tries to create its own.
    world.ports.jobs = { ...world.ports.jobs, findMany: async () => [] };
    const all = await Promise.all(Array.from({ length: 4 }, () => itemsOf(world, jobs)));
    for (const index of jobs.keys())
      expect(all.map((items) => items[index]?.status).toSorted()).toEqual([200, 200, 200, 202]);
    expect(world.ports.queues.sent).toHaveLength(30);
    expect(used(world)).toBe(30);
  });

  it('are answered even if the refund fails, and the log has the failure', async () => {
    const world = await createWorld();
    const submission = sampleSubmission();
    await world.submit(submission);
    world.ports.jobs = { ...world.ports.jobs, findMany: async () => [] };
    const refund = async () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause: new Error('down') }));
    world.ports.quota = { ...world.ports.quota, refund };
    expect((await itemsOf(world, [submission, sampleSubmission()])).map(outcomeOf)).toEqual([200, 202]);
    expect(world.events).toContainEqual(expect.objectContaining({ event: 'dependency.failed', where: 'quota' }));
  });
});

describe('a service that fails', () => {
  const down = () => new DependencyUnavailable('SQS', { cause: new Error('down') });

  it('makes the items whose message was not sent retryable; their retry finds the job, whose row stays due', async () => {
    const world = await createWorld();
    const jobs = submissions(25);
    const { sendMany } = world.ports.queues;
    world.ports.queues = {
      ...world.ports.queues,
      async sendMany(pool, refs) {
        if (refs.length < 10) throw down();
        await sendMany.call(this, pool, refs.slice(1));
        return refs.slice(0, 1);
      },
    };
    const items = await itemsOf(world, jobs);
    const failed = [0, 10, 20, 21, 22, 23, 24];
    expect(items.flatMap(({ status }, index) => (status === 503 ? index : []))).toEqual(failed);
    expect(items[0]?.problem).toMatchObject({ code: 'dependency_unavailable', retryable: true });
    expect(used(world)).toBe(25);
    const retries = await itemsOf(
      world,
      failed.map((index) => jobs[index]),
    );
    expect(retries.map(outcomeOf)).toEqual(failed.map(() => 200));
    for (const { job } of retries)
      expect(await world.ports.jobs.find(job?.jobId ?? '')).toMatchObject({
        state: 'queued',
        dueAt: NOW + 120 * SECOND,
      });
  });

  it.each([
    [down(), 503, 'dependency_unavailable'],
    [new Error('a bug'), 500, 'internal_error'],
  ])('makes only the item whose row could not be written a failure: %s', async (error, status, code) => {
    const world = await createWorld();
    const jobs = submissions(3);
    const { create } = world.ports.jobs;
    world.ports.jobs = {
      ...world.ports.jobs,
      create: async (job, nowMs) =>
        job.submission.idempotencyKey === jobs[1]?.idempotencyKey ? Promise.reject(error) : create(job, nowMs),
    };
    const items = await itemsOf(world, jobs);
    expect(items.map((item) => item.status)).toEqual([202, status, 202]);
    expect(items[1]?.problem).toMatchObject({ code, status, retryable: true });
    expect(JSON.stringify(items)).not.toContain('a bug');
    expect(world.ports.queues.sent).toHaveLength(2);
  });

  it('sets Retry-After to the shortest wait of all items, when the quota is used up too', async () => {
    const world = await createWorld();
    await world.putAccount({ ...ACCOUNT, jobsPerMonth: 2 });
    const { create } = world.ports.jobs;
    const jobs = submissions(3);
    const retryAfterOf = async (some: readonly unknown[]) =>
      (await sendBatch(world, { jobs: some })).headers['retry-after'];
    world.ports.jobs = {
      ...world.ports.jobs,
      create: async (job, nowMs) =>
        job.submission.idempotencyKey === jobs[1]?.idempotencyKey ? Promise.reject(down()) : create(job, nowMs),
    };
    expect(await retryAfterOf([{}])).toBeUndefined();
    expect(await retryAfterOf(jobs)).toBe('1');
    expect(Number(await retryAfterOf(jobs.slice(2)))).toBeGreaterThan(3600);
    expect(await retryAfterOf(jobs.slice(0, 1))).toBeUndefined();
  });

  it('refuses the whole batch with a retryable 503 when no job is created yet', async () => {
    const world = await createWorld();
    const { takeUpTo } = world.ports.quota;
    world.ports.quota = { ...world.ports.quota, takeUpTo: () => Promise.reject(down()) };
    const jobs = submissions(2);
    expect(await sendBatch(world, { jobs })).toMatchObject({ status: 503, json: { retryable: true } });
    world.ports.quota = { ...world.ports.quota, takeUpTo };
    expect((await itemsOf(world, jobs)).map(outcomeOf)).toEqual([202, 202]);
  });

  it('is not mistaken for a race when the SDK repeats a write whose answer was lost', async () => {
    const world = await createWorld();
    const { create } = world.ports.jobs;
    world.ports.jobs = {
      ...world.ports.jobs,
      async create(job, nowMs) {
        await create(job, nowMs);
        return create(job, nowMs);
      },
    };
    expect((await itemsOf(world, submissions(3))).map(outcomeOf)).toEqual([202, 202, 202]);
    expect(world.ports.queues.sent).toHaveLength(3);
    expect(used(world)).toBe(3);
  });
});
