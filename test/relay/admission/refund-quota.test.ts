// Refunds: a job that expires without ever being leased gets its unit refunded, once and in its own month.
import { describe, expect, it } from 'vitest';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { sweep } from '../../../lib/relay/sweep/sweep.ts';
import { used } from '../../support/relay/batches.ts';
import { ACCOUNT, NOW } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

describe('a job that expires', () => {
  const deadline = { ...ACCOUNT, jobDeadlineSeconds: 60 };
  async function expiring(startMs = NOW) {
    const world = await createWorld();
    world.time.nowMs = startMs;
    await world.putAccount(deadline);
    const { jobId } = (await world.submit(sampleSubmission())).json;
    return { world, expect: (state: string) => expectState(world, jobId, state) };
  }
  async function expectState(world: World, jobId: string, state: string) {
    expect(await world.ports.jobs.find(jobId)).toMatchObject({ state });
  }

  it('gets its unit refunded once if it was never leased, even if the sweep runs several times', async () => {
    const { world, expect: becomes } = await expiring();
    await world.submit(sampleSubmission());
    world.passSeconds(61);
    await Promise.all([sweep(world.ports), sweep(world.ports)]);
    await sweep(world.ports);
    await becomes('expired');
    expect(used(world)).toBe(0);
  });

  it('gets only its own unit refunded', async () => {
    const { world } = await expiring();
    await world.putAccount(ACCOUNT);
    await world.submit(sampleSubmission());
    world.passSeconds(61);
    await Promise.all([sweep(world.ports), sweep(world.ports), sweep(world.ports)]);
    expect(used(world)).toBe(1);
  });

  it('gets no refund if it was leased, even if only to be released', async () => {
    const { world, expect: becomes } = await expiring();
    const [leased] = (await world.pull({ want: 1 })).json.jobs;
    await world.pull({ release: leased ? [leased.lease] : [] });
    world.passSeconds(61);
    await sweep(world.ports);
    await becomes('expired');
    expect(used(world)).toBe(1);
  });

  it('gets no refund in the month after its creation', async () => {
    const { world, expect: becomes } = await expiring(Date.parse('2026-11-30T23:59:30Z'));
    world.passSeconds(61);
    await sweep(world.ports);
    await becomes('expired');
    expect(used(world)).toBe(1);
  });

  it('is expired even if the refund fails', async () => {
    const { world, expect: becomes } = await expiring();
    world.passSeconds(61);
    const refund = () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause: new Error('down') }));
    expect((await sweep({ ...world.ports, quota: { refund } })).jobs).toBe(1);
    await becomes('expired');
    expect(world.events).toContainEqual(expect.objectContaining({ event: 'dependency.failed', where: 'quota' }));
  });
});
