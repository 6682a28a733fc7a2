// The messages of a pull: they are deleted and hidden many in a call, and a failed call does no harm.
import { describe, expect, it, vi } from 'vitest';
import type { Lease, LeasedJob } from '../../../lib/protocol/messages.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { jwsFor } from '../../support/relay/evidence-samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

const VISIBILITY_SECONDS = 130;

async function leased(count: number) {
  const world = await createWorld();
  for (let row = 0; row < count; row += 1) await world.submit(sampleSubmission());
  const { jobs } = (await world.pull({ want: 10 })).json;
  expect(jobs).toHaveLength(count);
  return { world, jobs };
}

const leaseOf = ({ lease }: LeasedJob): Lease => lease;
const resultOf = (world: World) => (job: LeasedJob) => ({ lease: job.lease, jws: jwsFor(world, job) });
const receiptsOf = (jobs: readonly LeasedJob[]) => jobs.map(({ lease }) => lease.receipt);
const hidden = (world: World) => world.ports.queues.hiddenSeconds(world.pool);

/** Returns spies on the two calls that settle messages. */
const watched = ({ ports: { queues } }: World) => ({
  deleteMany: vi.spyOn(queues, 'deleteMany'),
  hideMany: vi.spyOn(queues, 'hideMany'),
});

const down = async () => Promise.reject(new DependencyUnavailable('SQS', { cause: new Error('down') }));
const LOGGED_FAILURE = {
  event: 'dependency.failed',
  where: 'job queue',
  reason: 'DependencyUnavailable: SQS did not answer as it should: Error',
};

describe('results', () => {
  it('have their messages deleted in one call when they are accepted; messages of refused results stay', async () => {
    const { world, jobs } = await leased(3);
    const { deleteMany, hideMany } = watched(world);
    const [first, second, third] = jobs.map(resultOf(world));
    const results = [first, { ...second, jws: 'a.b.c' }, third] as never;
    const { accepted, rejected } = (await world.pull({ results })).json;
    expect([accepted.length, rejected.length]).toEqual([2, 1]);
    const [firstReceipt = '', , thirdReceipt = ''] = receiptsOf(jobs);
    expect(deleteMany.mock.calls).toEqual([[expect.objectContaining(world.pool), [firstReceipt, thirdReceipt]]]);
    expect(hideMany).not.toHaveBeenCalled();
    expect(hidden(world)).toEqual([VISIBILITY_SECONDS]);
  });

  it('are accepted even if their messages cannot be deleted, and the failure is logged', async () => {
    const { world, jobs } = await leased(2);
    world.ports.queues.deleteMany = down;
    const { status, json } = await world.pull({ results: jobs.map(resultOf(world)) });
    expect([status, json.accepted.length]).toEqual([200, 2]);
    expect(world.events.filter(({ event }) => event === 'dependency.failed')).toEqual([LOGGED_FAILURE]);
  });

  it('have their messages deleted when they were accepted before another one failed', async () => {
    const { world, jobs } = await leased(3);
    const { save } = world.ports.evidence;
    const last = jobs.at(-1)?.lease.jobId;
    world.ports.evidence.save = async (hold, ...rest) => (hold.jobId === last ? down() : save(hold, ...rest));
    expect((await world.pull({ results: jobs.map(resultOf(world)) })).status).toBe(503);
    expect(hidden(world)).toEqual([VISIBILITY_SECONDS]);
  });

  it('make no call to the queue when they are empty lists', async () => {
    const { world } = await leased(0);
    const { deleteMany, hideMany } = watched(world);
    await world.pull({ results: [], renew: [], release: [] });
    expect(deleteMany).not.toHaveBeenCalled();
    expect(hideMany).not.toHaveBeenCalled();
  });
});

describe('leases', () => {
  it('have their messages hidden in one call when they are renewed or released', async () => {
    const { world, jobs } = await leased(4);
    world.passSeconds(60);
    const { hideMany } = watched(world);
    const [a, b, c] = jobs.map(leaseOf);
    const { renewed } = (await world.pull({ renew: [a, b] as never, release: [c] as never })).json;
    expect(renewed).toHaveLength(2);
    expect(hideMany).toHaveBeenCalledOnce();
    expect(hidden(world)).toEqual([VISIBILITY_SECONDS, VISIBILITY_SECONDS, 0, VISIBILITY_SECONDS - 60]);
  });

  it('have their messages hidden in one call for each ten when there are more than ten', async () => {
    const { world, jobs } = await leased(10);
    const { hideMany } = watched(world);
    await world.submit(sampleSubmission());
    const [other] = (await world.pull({ want: 1 })).json.jobs;
    const leases = jobs.map(leaseOf);
    expect((await world.pull({ renew: leases, ...(other && { release: [other.lease] }) })).json.renewed).toHaveLength(
      10,
    );
    expect(hideMany.mock.calls.map(([, messages]) => messages.length)).toEqual([10, 1]);
  });

  it('are renewed even if their messages cannot be hidden, and the failure is logged', async () => {
    const { world, jobs } = await leased(1);
    world.ports.queues.hideMany = down;
    const { status, json } = await world.pull({ renew: jobs.map(leaseOf) });
    expect([status, json.renewed.length]).toEqual([200, 1]);
    expect(world.events).toContainEqual(LOGGED_FAILURE);
  });
});

describe('received messages whose job cannot be leased', () => {
  it('are deleted in one call and hidden in another, beside messages whose jobs are leased', async () => {
    const { world } = await leased(2);
    world.passSeconds(60);
    const sent = world.ports.queues.sent.slice();
    for (const ref of sent) await world.ports.queues.send(world.pool, ref);
    for (const _ of sent) world.ports.queues.sendForeign(world.pool);
    await world.submit(sampleSubmission());
    const { deleteMany, hideMany } = watched(world);
    expect((await world.pull({ want: 10 })).json.jobs).toHaveLength(1);
    expect(deleteMany.mock.calls.map(([, receipts]) => receipts.length)).toEqual([2]);
    expect(hideMany.mock.calls.map(([, messages]) => messages.map(({ seconds }) => seconds))).toEqual([[61, 61]]);
    expect(world.events.filter(({ event }) => event === 'pointer.dropped')).toHaveLength(2);
  });

  it('are not logged as dropped when they could not be deleted', async () => {
    const { world } = await leased(0);
    world.ports.queues.sendForeign(world.pool);
    world.ports.queues.deleteMany = down;
    expect((await world.pull({ want: 1 })).status).toBe(200);
    expect(world.namesOfEvents()).toEqual(['dependency.failed']);
  });

  it('become visible again in one call when a repeated poll received them', async () => {
    const { world } = await leased(0);
    const poll = world.signedByAgent({ want: 10 });
    await world.submit(sampleSubmission());
    await world.ask(poll);
    for (let row = 0; row < 3; row += 1) await world.submit(sampleSubmission());
    const { hideMany } = watched(world);
    expect((await world.ask(poll)).json.jobs).toHaveLength(1);
    expect(hideMany).toHaveBeenCalledOnce();
    expect(hidden(world)).toEqual([VISIBILITY_SECONDS, 0, 0, 0]);
  });
});
