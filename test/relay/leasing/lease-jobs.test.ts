// Leasing: the jobs of received messages are leased, and other messages are dropped or hidden.

import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import type { LeasedJob } from '../../../lib/protocol/messages.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { leaseOne } from '../../support/relay/evidence-samples.ts';
import { ACCOUNT, DAY, NOW, sampleJob } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

/** The seconds for which the message of a leased job is hidden. */
const HIDDEN = LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds;

const hidden = (world: World) => world.ports.queues.hiddenSeconds(world.pool);

async function submitted(world: World, count = 1): Promise<string[]> {
  const ids: string[] = [];
  for (let sent = 0; sent < count; sent += 1) ids.push((await world.submit(sampleSubmission())).json.jobId);
  return ids;
}

describe('leasing', () => {
  it('hands out a job with its lease', async () => {
    const world = await createWorld();
    const [jobId] = await submitted(world);
    const { json } = await world.pull({ want: 1 });
    expect(json).toMatchObject({
      accepted: [],
      rejected: [],
      renewed: [],
      nextPollSeconds: 0,
      serverTime: '2026-11-22T12:00:00.250Z',
      jobs: [
        {
          lease: {
            jobId,
            createdAt: '2026-11-22T12:00:00.250Z',
            fence: 1,
            leaseUntil: '2026-11-22T12:02:00.250Z',
            receipt: expect.any(String),
          },
          job: { jobId, state: 'leased', attempts: 1, trackingUrl: expect.any(String) },
        },
      ],
    });
    expect(hidden(world)).toEqual([HIDDEN]);
  });

  it('hands out at most the number of jobs that the agent wants', async () => {
    const world = await createWorld();
    await submitted(world, 5);
    expect((await world.pull({ want: 0 })).json.jobs).toEqual([]);
    expect((await world.pull({ want: 3 })).json.jobs).toHaveLength(3);
    expect((await world.pull({ want: 10 })).json.jobs).toHaveLength(2);
  });

  it('hands a job to only one of two agents', async () => {
    const world = await createWorld();
    await submitted(world);
    const other = await world.makeAgent(2);
    expect((await world.pull({ want: 1 })).json.jobs).toHaveLength(1);
    expect((await world.pull({ want: 1 }, other)).json.jobs).toEqual([]);
  });

  it('hands out only jobs of the agent’s own pool', async () => {
    const world = await createWorld();
    await world.submit(sampleSubmission({ pool: 'second' }));
    const other = await world.makeAgent(2, { pool: 'second' });
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    expect((await world.pull({ want: 1 }, other)).json.jobs).toHaveLength(1);
  });

  it('hands out a job again, under the next fence, when its lease has expired', async () => {
    const world = await createWorld();
    await leaseOne(world);
    world.passSeconds(HIDDEN);
    expect((await world.pull({ want: 1 })).json.jobs).toMatchObject([{ lease: { fence: 2 }, job: { attempts: 2 } }]);
  });
});

describe('messages with a fault', () => {
  it('give one lease when two of them point to the same job', async () => {
    const world = await createWorld();
    const [jobId = ''] = await submitted(world);
    await world.ports.queues.send(world.pool, { jobId, createdAt: NOW });
    const jobs: LeasedJob[] = (await world.pull({ want: 10 })).json.jobs;
    expect(jobs.map(({ lease }) => lease.fence)).toEqual([1]);
  });

  it('do not keep the agent from getting the other leases', async () => {
    const world = await createWorld();
    const [failing = '', leased] = await submitted(world, 2);
    const { lease } = world.ports.jobs;
    world.ports.jobs = {
      ...world.ports.jobs,
      async lease(ref, input) {
        if (ref.jobId === failing) throw new DependencyUnavailable('DynamoDB', { cause: new Error('timeout') });
        return lease(ref, input);
      },
    };
    const jobs: LeasedJob[] = (await world.pull({ want: 10 })).json.jobs;
    expect(jobs.map(({ lease: { jobId } }) => jobId)).toEqual([leased]);
    expect(world.namesOfEvents()).toContain('dependency.failed');
  });

  it('give a lease when the SDK repeats a write whose answer was lost', async () => {
    const world = await createWorld();
    await submitted(world);
    const { lease } = world.ports.jobs;
    world.ports.jobs = {
      ...world.ports.jobs,
      async lease(ref, input) {
        await lease(ref, input);
        return lease(ref, input);
      },
    };
    const jobs: LeasedJob[] = (await world.pull({ want: 1 })).json.jobs;
    expect(jobs.map((job) => job.lease.fence)).toEqual([1]);
  });
});

describe('messages whose job cannot be leased', () => {
  const why = (world: World) => world.events.flatMap((event) => (event.event === 'pointer.dropped' ? [event.why] : []));

  it('are dropped when they are malformed', async () => {
    const world = await createWorld();
    world.ports.queues.sendForeign(world.pool);
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    expect(hidden(world)).toEqual([]);
    expect(why(world)).toEqual(['malformed']);
  });

  it.each([
    ['account', { accountId: 'other4other4othe' }],
    ['pool', { pool: 'second' }],
  ])('are dropped and logged as foreign when their job belongs to another %s', async (_what, overrides) => {
    const world = await createWorld();
    const foreign = sampleJob(overrides);
    await world.ports.jobs.create(foreign, NOW);
    await world.ports.queues.send(world.pool, foreign);
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    expect(await world.ports.jobs.find(foreign.jobId)).toEqual(foreign);
    expect(hidden(world)).toEqual([]);
    expect(world.events).toContainEqual({
      event: 'pointer.dropped',
      accountId: ACCOUNT.accountId,
      why: 'foreign',
      jobId: foreign.jobId,
    });
  });

  it('are dropped when their job is unknown or another incarnation', async () => {
    const world = await createWorld();
    const [jobId = ''] = await submitted(world);
    await world.ports.queues.send(world.pool, { jobId: 'job_none', createdAt: NOW });
    await world.ports.queues.send(world.pool, { jobId, createdAt: NOW - 31 * DAY });
    expect((await world.pull({ want: 10 })).json.jobs).toHaveLength(1);
    expect(hidden(world)).toEqual([HIDDEN]);
    expect(why(world)).toEqual(['unknown', 'unknown']);
  });

  it.each(['completed', 'failed', 'expired', 'canceled'] as const)(
    'are dropped when their job is %s',
    async (state) => {
      const world = await createWorld();
      const [jobId = ''] = await submitted(world);
      const job = await world.ports.jobs.find(jobId);
      if (job) await world.ports.jobs.end(job, { state: state as 'failed', reason: 'because', nowMs: NOW });
      expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
      expect(hidden(world)).toEqual([]);
      expect(why(world)).toEqual(['ended']);
    },
  );

  it('are hidden until the live lease of their job ends', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    world.passSeconds(60);
    await world.ports.queues.send(world.pool, { jobId: lease.jobId, createdAt: NOW });
    const before = await world.ports.jobs.find(lease.jobId);
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    expect(hidden(world)).toEqual([HIDDEN - 60, 61]);
    expect(await world.ports.jobs.find(lease.jobId)).toEqual(before);
  });

  it('end their job when its attempts are used up', async () => {
    const world = await createWorld();
    const [jobId = ''] = await submitted(world);
    for (let attempt = 1; attempt <= LIMITS.attempts; attempt += 1) {
      expect((await world.pull({ want: 1 })).json.jobs).toMatchObject([{ job: { attempts: attempt } }]);
      world.passSeconds(HIDDEN);
    }
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    const { dueAt, ...job } = (await world.ports.jobs.find(jobId)) ?? {};
    expect([dueAt, job]).toMatchObject([undefined, { state: 'failed', endReason: 'attempts_exhausted' }]);
    expect(hidden(world)).toEqual([]);
    expect(why(world)).toEqual(['fail']);
  });

  it('stay in the queue when their job changes before it is ended, because an agent releases it', async () => {
    const world = await createWorld();
    await submitted(world);
    for (let attempt = 1; attempt < LIMITS.attempts; attempt += 1) {
      await world.pull({ want: 1 });
      world.passSeconds(HIDDEN);
    }
    const [last] = (await world.pull({ want: 1 })).json.jobs;
    world.passSeconds(HIDDEN);
    const { jobs } = world.ports;
    world.ports.jobs = {
      ...jobs,
      async end(job, end) {
        world.ports.jobs = jobs;
        if (last) await world.pull({ release: [last.lease] });
        return jobs.end(job, end);
      },
    };
    expect((await world.pull({ want: 1 })).json.jobs).toMatchObject([{ job: { attempts: LIMITS.attempts } }]);
  });

  it('are hidden when their job is past its deadline, because the sweep ends it', async () => {
    const world = await createWorld();
    const [jobId = ''] = await submitted(world);
    world.passSeconds(LIMITS.jobDeadlineSeconds);
    expect((await world.pull({ want: 1 })).json.jobs).toEqual([]);
    expect((await world.ports.jobs.find(jobId))?.state).toBe('queued');
    expect(hidden(world)).toEqual([LIMITS.leaseSeconds]);
  });
});
