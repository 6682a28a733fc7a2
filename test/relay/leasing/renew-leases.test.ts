// Renewals and releases: an agent keeps its leases alive, or makes its jobs available to others.

import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { leaseOne } from '../../support/relay/evidence-samples.ts';
import { ACCOUNT, MINUTE, NOW, SECOND } from '../../support/relay/samples.ts';
import { createWorld, type World } from '../../support/relay/world.ts';

/** The seconds for which the message of a leased job is hidden. */
const HIDDEN = LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds;

const hidden = (world: World) => world.ports.queues.hiddenSeconds(world.pool);

describe('a renewal', () => {
  it('returns the lease with its new end, and hides the message for that time', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    world.passSeconds(90);
    const { renewed } = (await world.pull({ renew: [lease] })).json;
    expect(renewed).toEqual([{ ...lease, leaseUntil: new Date(NOW + 210 * SECOND).toISOString() }]);
    expect(hidden(world)).toEqual([HIDDEN]);
  });

  it('is granted until 30 minutes after the lease began', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    world.time.nowMs = NOW + 30 * MINUTE;
    expect((await world.pull({ renew: [lease] })).json.renewed).toHaveLength(1);
    world.time.nowMs += 1;
    expect((await world.pull({ renew: [lease] })).json.renewed).toEqual([]);
  });

  it('is not granted after the deadline', async () => {
    const world = await createWorld();
    await world.putAccount({ ...ACCOUNT, jobDeadlineSeconds: 60 });
    const { lease } = await leaseOne(world);
    world.passSeconds(60);
    expect((await world.pull({ renew: [lease] })).json.renewed).toEqual([]);
  });

  it('is not granted to another agent, under another fence, or for an unknown job, and changes nothing', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    const other = await world.makeAgent(2);
    const before = await world.ports.jobs.find(lease.jobId);
    expect((await world.pull({ renew: [lease] }, other)).json.renewed).toEqual([]);
    const wrong = [
      { ...lease, fence: 2 },
      { ...lease, jobId: `job_${'a'.repeat(52)}` },
      { ...lease, createdAt: '2020-01-01T00:00:00Z' },
    ];
    expect((await world.pull({ renew: wrong })).json.renewed).toEqual([]);
    expect(await world.ports.jobs.find(lease.jobId)).toEqual(before);
  });

  it('is not granted for a canceled job, so that the agent learns of the cancel', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    const job = await world.ports.jobs.find(lease.jobId);
    if (job) await world.ports.jobs.end(job, { state: 'canceled', reason: 'asked', nowMs: NOW });
    expect((await world.pull({ renew: [lease] })).json.renewed).toEqual([]);
  });
});

describe('a release', () => {
  it('makes the job available to the next agent at once, and does not count as an attempt', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    const other = await world.makeAgent(2);
    await world.pull({ release: [lease] });
    expect(hidden(world)).toEqual([0]);
    expect((await world.pull({ want: 1 }, other)).json.jobs).toMatchObject([
      { lease: { fence: 2 }, job: { attempts: 1 } },
    ]);
  });

  it('takes effect before the receive, so that the same pull may lease the job again', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    expect((await world.pull({ release: [lease], want: 1 })).json.jobs).toMatchObject([{ lease: { fence: 2 } }]);
  });

  it('changes neither the job nor its message when the lease is lost', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    const other = await world.makeAgent(2);
    await world.pull({ release: [lease] }, other);
    await world.pull({ release: [{ ...lease, fence: 7 }] });
    expect(hidden(world)).toEqual([HIDDEN]);
    expect((await world.ports.jobs.find(lease.jobId))?.state).toBe('leased');
  });
});
