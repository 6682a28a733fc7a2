// The sweep: what it does for each due row. It may run twice at the same time, and a failing row does not stop it.

import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { resendOpenJobs, sweep } from '../../../lib/relay/sweep/sweep.ts';
import { decideDueJob } from '../../../lib/relay/sweep/sweep-jobs.ts';
import {
  DAY,
  HOUR,
  MINUTE,
  NOW,
  SECOND,
  sampleAccount,
  sampleDelivery,
  sampleJob,
} from '../../support/relay/samples.ts';
import { createWorld, type World } from '../../support/relay/world.ts';

const UNTIL = NOW + TUNING.sweepLookAheadSeconds * SECOND;

describe('a due job', () => {
  const due: Partial<Job> = { dueAt: NOW, deadlineAt: NOW + DAY, createdAt: NOW - HOUR };
  const leased: Partial<Job> = { ...due, state: 'leased', leaseUntil: NOW + MINUTE, attempts: 1 };

  it.each<[string, Partial<Job>, object]>([
    ['is sent again', due, { kind: 'resend', dueAt: NOW + 4 * MINUTE }],
    ['is sent again when it is due within the look-ahead', { ...due, dueAt: UNTIL }, { kind: 'resend' }],
    ['is left alone when the row is not due yet', { ...due, dueAt: UNTIL + 1 }, { kind: 'leave' }],
    ['is left alone when it has ended', { state: 'completed', dueAt: undefined }, { kind: 'leave' }],
    ['waits twice as long after each resend', { ...due, resends: 2 }, { kind: 'resend', dueAt: NOW + 16 * MINUTE }],
    ['waits an hour at most', { ...due, resends: 500 }, { kind: 'resend', dueAt: NOW + HOUR }],
    ['never waits past its deadline', { ...due, deadlineAt: NOW + 30 }, { kind: 'resend', dueAt: NOW + 30 }],
    ['expires at its deadline', { ...due, deadlineAt: NOW }, { kind: 'expire' }],
    ['expires rather than fails', { ...due, deadlineAt: NOW, attempts: 5 }, { kind: 'expire' }],
    ['fails when its attempts are used up', { ...due, attempts: 5 }, { kind: 'fail' }],
    ['is postponed while its lease lasts', leased, { kind: 'postpone', dueAt: NOW + 90 * SECOND }],
    ['is left alone when it is postponed already', { ...leased, dueAt: NOW + 90 * SECOND }, { kind: 'leave' }],
    ['may finish its lease past the deadline', { ...leased, deadlineAt: NOW - 1 }, { kind: 'postpone' }],
    ['may finish its last attempt', { ...leased, attempts: 5 }, { kind: 'postpone' }],
    ['is sent again when its lease has expired', { ...leased, leaseUntil: NOW }, { kind: 'resend' }],
    ['fails when its last lease has expired', { ...leased, leaseUntil: NOW, attempts: 5 }, { kind: 'fail' }],
  ])('%s', (_what, overrides, decision) => {
    expect(decideDueJob(sampleJob(overrides), NOW, UNTIL)).toMatchObject(decision);
  });
});

async function withJob(overrides: Partial<Job> = {}) {
  const world = await createWorld();
  const job = sampleJob({ dueAt: NOW, ...overrides });
  await world.ports.jobs.create(job, job.createdAt);
  return { world, job, find: () => world.ports.jobs.find(job.jobId) };
}

const hidden = (world: World) => world.ports.queues.hiddenSeconds(world.pool);

describe('the sweep', () => {
  it('sends a due job again and moves its dueAt', async () => {
    const { world, job, find } = await withJob();
    expect(await sweep(world.ports)).toMatchObject({ jobs: 1, deliveries: 0 });
    expect(world.ports.queues.sent).toEqual([{ jobId: job.jobId, createdAt: job.createdAt }]);
    expect(await find()).toEqual({ ...job, dueAt: NOW + 4 * MINUTE, resends: 1 });
    expect(world.events).toMatchObject([
      { event: 'job.resent', jobId: job.jobId, resends: 1 },
      { event: 'sweep.finished', jobs: 1, deliveries: 0 },
    ]);
  });

  it('sends before it moves dueAt, so a crash in between repeats a message and never loses one', async () => {
    const { world, job, find } = await withJob();
    const moveDue = () => Promise.reject(new Error('crash'));
    await sweep({ ...world.ports, jobs: { ...world.ports.jobs, moveDue } });
    expect(hidden(world)).toEqual([0]);
    expect(await find()).toEqual(job);
    const sendMany = () => Promise.reject(new Error('down'));
    await sweep({ ...world.ports, queues: { ...world.ports.queues, sendMany } });
    expect(await find()).toEqual(job);
    await sweep(world.ports);
    expect(await find()).toMatchObject({ resends: 1 });
  });

  it('expires a job past its deadline and sends nothing', async () => {
    const { world, find } = await withJob({ deadlineAt: NOW });
    await sweep(world.ports);
    expect(await find()).toMatchObject({ state: 'expired', endReason: 'deadline_passed', updatedAt: NOW });
    expect((await find())?.dueAt).toBeUndefined();
    expect(world.ports.queues.sent).toEqual([]);
    expect(world.namesOfEvents()).toEqual(['job.ended', 'sweep.finished']);
  });

  it('fails a job whose attempts are used up', async () => {
    const { world, find } = await withJob({ attempts: LIMITS.attempts });
    await sweep(world.ports);
    expect(await find()).toMatchObject({ state: 'failed', endReason: 'attempts_exhausted' });
  });

  it('postpones a leased job without a send', async () => {
    const { world, job, find } = await withJob({ state: 'leased', leaseUntil: NOW + MINUTE, attempts: 1, fence: 1 });
    await sweep(world.ports);
    expect(await find()).toEqual({ ...job, dueAt: NOW + 90 * SECOND });
    expect(world.ports.queues.sent).toEqual([]);
  });

  it('moves dueAt once when two sweeps run at the same time, though a message may be sent twice', async () => {
    const { world, find } = await withJob();
    await Promise.all([sweep(world.ports), sweep(world.ports)]);
    expect(await find()).toMatchObject({ resends: 1, dueAt: NOW + 4 * MINUTE });
    const leased = (await world.pull({ want: 10 })).json.jobs;
    expect(leased).toHaveLength(1);
  });

  it('ends a job once when two sweeps run at the same time', async () => {
    const { world } = await withJob({ deadlineAt: NOW });
    await Promise.all([sweep(world.ports), sweep(world.ports)]);
    expect(world.namesOfEvents().filter((name) => name === 'job.ended')).toHaveLength(1);
  });

  it('handles all due jobs after an outage in one run', async () => {
    const world = await createWorld();
    for (let count = 0; count < 300; count += 1) {
      const createdAt = NOW - HOUR;
      await world.ports.jobs.create(sampleJob({ createdAt }), createdAt);
    }
    expect(await sweep(world.ports)).toMatchObject({ jobs: 300, deliveries: 0 });
    expect(await sweep(world.ports)).toMatchObject({ jobs: 0, deliveries: 0 });
  });

  it('looks 90 seconds ahead, so that no row waits for the next minute’s run', async () => {
    const { world } = await withJob({ dueAt: UNTIL });
    expect((await sweep(world.ports)).jobs).toBe(1);
    const { world: later } = await withJob({ dueAt: UNTIL + 1 });
    expect((await sweep(later.ports)).jobs).toBe(0);
  });

  it('continues with other accounts when the queue of one does not exist', async () => {
    const { world, job, find } = await withJob({ accountId: sampleAccount().accountId });
    const healthy = sampleJob({ dueAt: NOW });
    await world.ports.jobs.create(healthy, NOW);
    expect(await sweep(world.ports)).toMatchObject({ jobs: 1, deliveries: 0 });
    expect(await find()).toEqual(job);
    expect(world.ports.queues.sent).toEqual([{ jobId: healthy.jobId, createdAt: NOW }]);
    expect(world.events).toContainEqual({
      event: 'dependency.failed',
      where: 'sweep',
      reason: 'DependencyUnavailable: SQS did not answer as it should: Error',
    });
  });

  it('throws when the due rows cannot be listed', async () => {
    const { world } = await withJob();
    const due = {
      // biome-ignore lint/correctness/useYield: the generator throws before its first item
      async *findDue() {
        throw new DependencyUnavailable('DynamoDB', { cause: new Error('down') });
      },
    };
    await expect(sweep({ ...world.ports, due })).rejects.toThrow(DependencyUnavailable);
  });

  it('skips a job that the index names but that does not exist', async () => {
    const { world } = await withJob();
    const due = {
      async *findDue() {
        yield { kind: 'job', jobId: 'job_missing' } as const;
      },
    };
    expect((await sweep({ ...world.ports, due })).jobs).toBe(0);
  });
});

describe('after a queue was lost', () => {
  it('sends every open job again, due or not, and no job that has ended', async () => {
    const { world, job } = await withJob({ dueAt: NOW + HOUR });
    const ended = sampleJob();
    await world.ports.jobs.create(ended, NOW);
    await world.ports.jobs.end(ended, { state: 'canceled', reason: 'asked', nowMs: NOW });
    await world.ports.log.record(sampleDelivery({ dueAt: NOW + HOUR }));
    expect(await resendOpenJobs(world.ports)).toBe(1);
    expect(world.ports.queues.sent).toEqual([{ jobId: job.jobId, createdAt: job.createdAt }]);
    expect(world.ports.deliveries.sent).toEqual([]);
  });
});

describe('a due delivery', () => {
  async function withDelivery(dueAt: number) {
    const world = await createWorld();
    const record = sampleDelivery({ dueAt, attempt: 3 });
    await world.ports.log.record(record);
    return { world, record, find: () => world.ports.log.find(record) };
  }

  it('is sent for its next attempt and is no longer due', async () => {
    const { world, record, find } = await withDelivery(NOW);
    expect(await sweep(world.ports)).toMatchObject({ jobs: 0, deliveries: 1 });
    const { state: _, attemptedAt, outcome, dueAt: __, ...delivery } = record;
    const earlier = [{ attempt: 3, attemptedAt, outcome }];
    expect(world.ports.deliveries.sent).toEqual([{ delivery: { ...delivery, attempt: 4, earlier }, delaySeconds: 0 }]);
    expect((await find())?.dueAt).toBeUndefined();
    expect(world.namesOfEvents()).toEqual(['delivery.resent', 'sweep.finished']);
  });

  it('waits in the queue until its time if it is due within the look-ahead', async () => {
    const { world } = await withDelivery(NOW + 61_500);
    await sweep(world.ports);
    expect(world.ports.deliveries.sent).toMatchObject([{ delaySeconds: 62 }]);
  });

  it('is sent before its dueAt is cleared', async () => {
    const { world, record, find } = await withDelivery(NOW);
    const send = () => Promise.reject(new Error('down'));
    expect((await sweep({ ...world.ports, deliveries: { send } })).deliveries).toBe(0);
    expect(await find()).toEqual(record);
  });

  it('is left alone if a later attempt is recorded already', async () => {
    const { world, record } = await withDelivery(NOW);
    const { dueAt: _, ...rest } = record;
    await world.ports.log.record({ ...rest, attempt: 4, state: 'delivered' });
    const { endpointId, eventAt, eventId } = record;
    const due = {
      async *findDue() {
        yield { kind: 'delivery', endpointId, eventAt, eventId } as const;
      },
    };
    expect((await sweep({ ...world.ports, due })).deliveries).toBe(0);
    expect(world.ports.deliveries.sent).toEqual([]);
  });

  it('gets no longer delay than the queue supports, even if everything is swept', async () => {
    const { world } = await withDelivery(NOW + DAY);
    await sweep(world.ports, Number.MAX_SAFE_INTEGER);
    expect(world.ports.deliveries.sent).toMatchObject([{ delaySeconds: 900 }]);
  });
});
