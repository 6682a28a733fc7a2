// What one pull carries is worked off together: ten results, leases, renewals or releases take as long as one.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import type { Lease, LeasedJob } from '../../../lib/protocol/messages.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { aroundCalls } from '../../support/faults/around-calls.ts';
import { jwsFor } from '../../support/relay/evidence-samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

async function leased(count: number) {
  const world = await createWorld();
  for (let row = 0; row < count; row += 1) await world.submit(sampleSubmission());
  const { jobs } = (await world.pull({ want: 10 })).json;
  expect(jobs).toHaveLength(count);
  return { world, jobs: jobs as readonly LeasedJob[] };
}

const leaseOf = ({ lease }: LeasedJob): Lease => lease;
const resultOf = (world: World) => (job: LeasedJob) => ({ lease: job.lease, jws: jwsFor(world, job) });

/**
 * Sends the pull to a process in which the named calls wait for each other: the first returns when the last has begun. A
 * pull that makes them one after the other never ends.
 */
async function pullTogether(
  world: World,
  input: Parameters<World['signedByAgent']>[0],
  counts: Readonly<Record<string, number>>,
) {
  const meetings = new Map(Object.entries(counts).map(([name, missing]) => [name, createMeeting(missing)]));
  const ports = aroundCalls(world.ports, async (name, call) => {
    await meetings.get(name)?.();
    return call();
  });
  const { status, json } = await world.askProcess(ports)(world.signedByAgent(input));
  expect(status).toBe(200);
  return json;
}

/** Returns a function whose promises resolve when it has been called `count` times. */
function createMeeting(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let missing = count;
  return () => {
    missing -= 1;
    if (missing === 0) resolve();
    return promise;
  };
}

describe('ten in one pull', () => {
  it('are accepted together when they are results', async () => {
    const { world, jobs } = await leased(10);
    const counts = { 'jobs.find': 10, 'evidence.save': 10, 'jobs.complete': 10 };
    const json = await pullTogether(world, { want: 0, results: jobs.map(resultOf(world)) }, counts);
    expect(json.accepted).toEqual(jobs.map(({ lease }: LeasedJob) => lease.jobId));
    expect(world.ports.queues.hiddenSeconds(world.pool)).toEqual([]);
  });

  it('are leased together', async () => {
    const world = await createWorld();
    for (let row = 0; row < 10; row += 1) await world.submit(sampleSubmission());
    expect((await pullTogether(world, { want: 10 }, { 'jobs.lease': 10 })).jobs).toHaveLength(10);
  });

  it('are renewed and released together', async () => {
    const { world, jobs } = await leased(10);
    const [renew, release] = [jobs.slice(0, 5).map(leaseOf), jobs.slice(5).map(leaseOf)];
    const counts = { 'jobs.renew': 5, 'jobs.release': 5 };
    expect((await pullTogether(world, { want: 0, renew, release }, counts)).renewed).toHaveLength(5);
  });
});

describe('one of several that fails', () => {
  const down = async () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause: new Error('down') }));

  it.each([0, 1, 2])('keeps no other result from being accepted when it is number %i', async (failing) => {
    const { world, jobs } = await leased(3);
    const { jobs: store } = world.ports;
    const { complete } = store;
    store.complete = async (hold, end) => (hold.jobId === jobs[failing]?.lease.jobId ? down() : complete(hold, end));
    const results = jobs.map(resultOf(world));
    expect((await world.pull({ results })).status).toBe(503);
    const states = await Promise.all(jobs.map(async ({ lease }) => (await store.find(lease.jobId))?.state));
    expect(states).toEqual(jobs.map((_, at) => (at === failing ? 'leased' : 'completed')));
    // The messages of the accepted ones are gone. The repeat finds them accepted, and accepts the other one.
    expect(world.ports.queues.hiddenSeconds(world.pool)).toHaveLength(1);
    store.complete = complete;
    expect((await world.pull({ results })).json.accepted).toEqual(jobs.map(({ lease }) => lease.jobId));
    expect(world.ports.queues.hiddenSeconds(world.pool)).toEqual([]);
  });

  it('keeps no other lease from being released, and its message from being visible', async () => {
    const { world, jobs } = await leased(3);
    const { jobs: store } = world.ports;
    const { release } = store;
    store.release = async (hold, nowMs) => (hold.jobId === jobs[0]?.lease.jobId ? down() : release(hold, nowMs));
    expect((await world.pull({ release: jobs.map(leaseOf) })).status).toBe(503);
    expect(world.ports.queues.hiddenSeconds(world.pool).filter((seconds) => seconds === 0)).toHaveLength(2);
  });
});

it('a lease that is named for release and renewal in one pull is released', async () => {
  const { world, jobs } = await leased(1);
  const leases = jobs.map(leaseOf);
  world.passSeconds(LIMITS.leaseSeconds / 2);
  expect((await world.pull({ renew: leases, release: leases })).json.renewed).toEqual([]);
  expect(await world.ports.jobs.find(leases[0]?.jobId ?? '')).toMatchObject({ state: 'queued', attempts: 0 });
});
