// One run for all accounts: a backlog of one account, or of one kind, delays nobody else beyond the run.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import type { DeliveryRecord, Job } from '../../../lib/relay/model/records.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { takeTurns } from '../../../lib/relay/sweep/plan-run.ts';
import { sweep } from '../../../lib/relay/sweep/sweep.ts';
import {
  ACCOUNT,
  DAY,
  HOUR,
  MINUTE,
  NOW,
  sampleAccount,
  sampleDelivery,
  sampleJob,
} from '../../support/relay/samples.ts';
import { createWorld, type World } from '../../support/relay/world.ts';

const BACKLOG = 10_000;

/** Creates due jobs of an account, the oldest first. */
async function addJobs(world: World, count: number, overrides: Partial<Job> = {}): Promise<Job[]> {
  const jobs = Array.from({ length: count }, (_, index) =>
    sampleJob({ createdAt: NOW - HOUR, dueAt: NOW - HOUR + index, deadlineAt: NOW + DAY, ...overrides }),
  );
  for (const job of jobs) await world.ports.jobs.create(job, NOW);
  return jobs;
}

async function addDeliveries(world: World, count: number, overrides: Partial<DeliveryRecord> = {}): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await world.ports.log.record(sampleDelivery({ eventAt: NOW - index, dueAt: NOW - HOUR + index, ...overrides }));
}

const sentJobs = (world: World) => world.ports.queues.sent.map(({ jobId }) => jobId);
const sentAccounts = (world: World) => world.ports.deliveries.sent.map(({ delivery }) => delivery.accountId);

describe('a backlog of 10,000 jobs of one account', () => {
  it('delays no due delivery beyond the next run', async () => {
    const world = await createWorld();
    await addJobs(world, BACKLOG);
    await addDeliveries(world, 1, { dueAt: NOW });
    expect(await sweep(world.ports)).toEqual({ jobs: TUNING.sweepJobs, deliveries: 1, hasMore: true });
  });

  it('delays no job of another account beyond the next run, and stays in order itself', async () => {
    const world = await createWorld();
    const { accountId } = sampleAccount();
    await world.putAccount(sampleAccount({ accountId }));
    const backlog = await addJobs(world, BACKLOG);
    const [single] = await addJobs(world, 1, { accountId, dueAt: NOW });
    await sweep(world.ports);
    const sent = sentJobs(world);
    expect(sent).toContain(single?.jobId);
    const own = backlog.slice(0, TUNING.sweepJobs - 1).map(({ jobId }) => jobId);
    expect(sent.filter((jobId) => jobId !== single?.jobId)).toEqual(own);
  });

  it('shares the run with a second backlog, half for each', async () => {
    const world = await createWorld();
    const { accountId } = sampleAccount();
    await world.putAccount(sampleAccount({ accountId }));
    await addJobs(world, BACKLOG);
    const second = await addJobs(world, TUNING.sweepJobs, { accountId, dueAt: NOW - MINUTE });
    await sweep(world.ports);
    const ids = new Set(second.map(({ jobId }) => jobId));
    expect(sentJobs(world).filter((jobId) => ids.has(jobId))).toHaveLength(TUNING.sweepJobs / 2);
  });

  it('is worked off oldest first if the accounts of the jobs cannot be read', async () => {
    const world = await createWorld();
    const backlog = await addJobs(world, TUNING.sweepJobs + 1);
    const down = () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause: new Error('down') }));
    await sweep({ ...world.ports, jobs: { ...world.ports.jobs, findMany: down } });
    expect(sentJobs(world)).toEqual(backlog.slice(0, TUNING.sweepJobs).map(({ jobId }) => jobId));
  });
});

describe('a backlog of 10,000 deliveries of one account', () => {
  it('delays neither a job nor another account’s delivery beyond the next run', async () => {
    const world = await createWorld();
    await addDeliveries(world, BACKLOG);
    await addDeliveries(world, 1, { accountId: 'other4other4othe', endpointId: 'ep-other', dueAt: NOW });
    await addJobs(world, 1);
    expect(await sweep(world.ports)).toEqual({ jobs: 1, deliveries: TUNING.sweepDeliveries, hasMore: true });
    expect(sentAccounts(world)).toContain('other4other4othe');
    expect(sentAccounts(world)).toContain(ACCOUNT.accountId);
  });
});

describe('accounts that take turns', () => {
  const lists = fc.array(fc.array(fc.nat(), { maxLength: 8 }), { maxLength: 6 });

  it('keep all their items, each in its order', () => {
    fc.assert(
      fc.property(lists, (plain) => {
        const named = plain.map((list, owner) => list.map((_, place) => ({ owner, place })));
        const taken = takeTurns(named);
        expect(named.map((_, owner) => taken.filter((item) => item.owner === owner))).toEqual(named);
      }),
    );
  });

  it('are never more than one item apart while both have items', () => {
    fc.assert(
      fc.property(lists, (plain) => {
        const named = plain.map((list, owner) => list.map((_, place) => ({ owner, place })));
        const places = takeTurns(named).map(({ place }) => place);
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }),
    );
  });
});
