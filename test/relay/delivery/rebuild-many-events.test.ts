// Rebuilding the deliveries of many jobs: how many calls it takes, and what one failed call leaves out.
import { describe, expect, it } from 'vitest';
import { deriveEvent } from '../../../lib/relay/delivery/derive-event.ts';
import { draftDelivery } from '../../../lib/relay/delivery/publish-event.ts';
import { rebuildEvents } from '../../../lib/relay/delivery/rebuild-events.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { sampleDelivery, sampleEndpoint, sampleJob, sampleResult } from '../../support/relay/samples.ts';
import { createWorld } from '../../support/relay/world.ts';

const endedJob = () => sampleJob({ state: 'completed', result: sampleResult() });
const endedJobs = (count: number) => Array.from({ length: count }, endedJob);

async function* all(jobs: readonly Job[]) {
  yield* jobs;
}

/** Returns a world in which the deliveries of some jobs have arrived, and a count of the calls that read. */
async function createCountedWorld(arrived: readonly Job[] = []) {
  const world = await createWorld();
  const endpoint = sampleEndpoint();
  await world.ports.registry.putEndpoint(endpoint);
  for (const job of arrived) {
    const delivery = draftDelivery(job, endpoint);
    await world.ports.log.record(sampleDelivery({ ...delivery, state: 'delivered' }));
  }
  const calls = { listEndpoints: 0, find: 0, findMany: 0 };
  const { directory, log } = world.ports;
  world.ports.directory = {
    ...directory,
    listEndpoints: (accountId: string) => {
      calls.listEndpoints += 1;
      return directory.listEndpoints(accountId);
    },
  };
  world.ports.log = {
    ...log,
    find: (key) => {
      calls.find += 1;
      return log.find(key);
    },
    findMany: (keys) => {
      calls.findMany += 1;
      expect(keys.length).toBeLessThanOrEqual(100);
      return log.findMany(keys);
    },
  };
  return { world, calls };
}

describe('rebuilding many events', () => {
  it('reads the records of 100 deliveries in one call', async () => {
    const jobs = endedJobs(250);
    const { world, calls } = await createCountedWorld(jobs);
    expect(await rebuildEvents(world.ports, all(jobs))).toBe(0);
    expect(calls).toEqual({ listEndpoints: 3, find: 0, findMany: 3 });
  });

  it('sends only what has not arrived, in the order of the jobs', async () => {
    const jobs = endedJobs(120);
    const { world } = await createCountedWorld(jobs.filter((_, index) => index % 2 === 0));
    expect(await rebuildEvents(world.ports, all(jobs))).toBe(60);
    const sent = world.ports.deliveries.sent.map(({ delivery }) => delivery.eventId);
    expect(sent).toEqual(jobs.filter((_, index) => index % 2 === 1).map((job) => deriveEvent(job)?.id));
  });

  it('sends the event of a job once, also when the history names the job twice', async () => {
    const [job] = endedJobs(1);
    const { world } = await createCountedWorld();
    expect(await rebuildEvents(world.ports, all([job as Job, job as Job]))).toBe(1);
  });

  it('skips and logs every delivery of a failed read, and continues with the next ones', async () => {
    const jobs = endedJobs(101);
    const { world } = await createCountedWorld();
    const { findMany } = world.ports.log;
    let reads = 0;
    world.ports.log = {
      ...world.ports.log,
      findMany: (keys) => (++reads === 1 ? Promise.reject(new Error('down')) : findMany(keys)),
    };
    expect(await rebuildEvents(world.ports, all(jobs))).toBe(1);
    const failures = world.events.filter(({ event }) => event === 'dependency.failed');
    expect(failures).toHaveLength(100);
  });
});
