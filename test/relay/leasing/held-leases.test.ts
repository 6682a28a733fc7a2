// HeldLeases, the fuse: no agent holds more than fifty leases that one process handed out.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import type { LeasedJob } from '../../../lib/protocol/messages.ts';
import { HeldLeases } from '../../../lib/relay/leasing/held-leases.ts';
import { jwsFor } from '../../support/relay/evidence-samples.ts';
import { ACCOUNT } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

async function worldWithJobs(count: number) {
  const world = await createWorld();
  await world.putAccount({ ...ACCOUNT, jobsPerMonth: 10_000 });
  for (let sent = 0; sent < count; sent += 1) await world.submit(sampleSubmission());
  return world;
}

const take = async (world: World, pulls: number): Promise<LeasedJob[]> => {
  const taken: LeasedJob[] = [];
  for (let pull = 0; pull < pulls; pull += 1) taken.push(...(await world.pull({ want: 10 })).json.jobs);
  return taken;
};

const leaseOf = ({ lease }: LeasedJob) => lease;

/** Counts how often the rows of held leases are read. */
function countReads(world: World): () => number {
  const { findMany } = world.ports.jobs;
  let reads = 0;
  world.ports.jobs.findMany = async (ids) => {
    if (ids.length >= LIMITS.leasesPerAgent) reads += 1;
    return findMany(ids);
  };
  return () => reads;
}

describe('an agent that asks for ever', () => {
  it('holds at most fifty leases, and no message is received for the rest', async () => {
    const world = await worldWithJobs(70);
    expect(await take(world, 10)).toHaveLength(LIMITS.leasesPerAgent);
    const visible = world.ports.queues.hiddenSeconds(world.pool).filter((seconds) => seconds === 0);
    expect(visible).toHaveLength(20);
  });

  it('has its rows read at most once in five seconds', async () => {
    const world = await worldWithJobs(60);
    await take(world, 5);
    const reads = countReads(world);
    await take(world, 4);
    expect(reads()).toBe(1);
    world.passSeconds(6);
    await take(world, 4);
    expect(reads()).toBe(2);
  });

  it('is not helped by results and renewals that the relay refuses', async () => {
    const world = await worldWithJobs(70);
    const jobs = await take(world, 5);
    for (let at = 0; at < jobs.length; at += 10) {
      const ten = jobs.slice(at, at + 10).map(leaseOf);
      await world.pull({ results: ten.map((lease) => ({ lease, jws: 'a.b.c' })) });
      const createdAt = new Date(0).toISOString();
      await world.pull({ renew: ten.map((lease) => ({ ...lease, createdAt })) });
      await world.pull({ release: ten.map((lease) => ({ ...lease, createdAt })) });
    }
    expect(await take(world, 3)).toEqual([]);
  });

  it('takes nothing from another agent', async () => {
    const world = await worldWithJobs(60);
    await take(world, 6);
    const other = await world.makeAgent(2);
    expect((await world.pull({ want: 10 }, other)).json.jobs).toHaveLength(10);
  });
});

describe('an agent gets more', () => {
  it.each<[string, (world: World, jobs: readonly LeasedJob[]) => Promise<unknown>]>([
    [
      'when it has reported',
      (world, jobs) =>
        world.pull({ results: jobs.slice(0, 10).map((job) => ({ lease: job.lease, jws: jwsFor(world, job) })) }),
    ],
    ['when it has released', (world, jobs) => world.pull({ release: jobs.slice(0, 10).map(leaseOf) })],
    ['when its leases have ended', async (world) => world.passSeconds(LIMITS.leaseSeconds)],
  ])('%s', async (_when, act) => {
    const world = await worldWithJobs(70);
    const jobs = await take(world, 5);
    await act(world, jobs);
    expect((await world.pull({ want: 10 })).json.jobs).toHaveLength(10);
  });

  it('when it has reported to another process, because the rows are read before it is refused', async () => {
    const world = await worldWithJobs(70);
    const jobs = await take(world, 5);
    const other = world.askProcess({ ...world.ports, heldLeases: new HeldLeases() });
    const results = jobs.slice(0, 10).map((job) => ({ lease: job.lease, jws: jwsFor(world, job) }));
    expect((await other(world.signedByAgent({ want: 0, results }))).json.accepted).toHaveLength(10);
    expect((await world.pull({ want: 10 })).json.jobs).toHaveLength(10);
  });

  it('but not for leases that it renews', async () => {
    const world = await worldWithJobs(70);
    const jobs = await take(world, 5);
    world.passSeconds(LIMITS.leaseSeconds - 10);
    for (let at = 0; at < jobs.length; at += 10) await world.pull({ renew: jobs.slice(at, at + 10).map(leaseOf) });
    world.passSeconds(20);
    expect((await world.pull({ want: 10 })).json.jobs).toEqual([]);
  });
});
