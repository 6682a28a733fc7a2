// Crashes and failed calls at each step of a pull: no job is lost, and each job loses at most one attempt.

import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { REPEAT_HEADER } from '../../../lib/protocol/http-message.ts';
import type { LeasedJob } from '../../../lib/protocol/messages.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { sweep } from '../../../lib/relay/sweep/sweep.ts';
import { everyFault } from '../../support/faults/every-fault.ts';
import { jwsFor } from '../../support/relay/evidence-samples.ts';
import { type Answer, createWorld, sampleSubmission, type World, withHeaders } from '../../support/relay/world.ts';

async function submit(world: World, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) await world.submit(sampleSubmission());
}

const idsIn = (answer: Answer) => answer.json.jobs.map(({ lease }: LeasedJob) => lease.jobId);

/** Waits until all leases have expired, all messages are visible and all jobs are due, then sweeps and leases the rest. */
async function leaseRemainingJobs(world: World): Promise<string[]> {
  world.passSeconds(LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds);
  await sweep(world.ports);
  return idsIn(await world.pull({ want: 10 }));
}

describe('a pull that leases two jobs', () => {
  async function prepare() {
    const world = await createWorld();
    await submit(world, 2);
    return { world, request: world.signedByAgent({ want: 10 }) };
  }

  it('gets every lease of the first pull when it is sent again, so that no attempt is lost', async () => {
    const calls = await everyFault(prepare, async ({ world, request }, outcome) => {
      const leased = () =>
        world.ports.jobs
          .all()
          .filter(({ state }) => state === 'leased')
          .map(({ jobId }) => jobId);
      const before = outcome.answer?.status === 200 ? idsIn(outcome.answer) : [];
      // The agent repeats the pull only if it got no leases.
      const again = before.length > 0 ? undefined : await world.ask(withHeaders(request, { [REPEAT_HEADER]: '1' }));
      const handedOut: string[] = again?.status === 200 ? idsIn(again) : before;
      // Without a repeat, one lease may be unknown to the agent: its write succeeded, but the answer to the write was lost.
      if (again) expect(handedOut.toSorted()).toEqual(leased().toSorted());
      const unknownToAgent = leased().filter((jobId) => !handedOut.includes(jobId));
      expect(unknownToAgent.length).toBeLessThanOrEqual(1);
      for (const { attempts } of world.ports.jobs.all()) expect(attempts).toBeLessThanOrEqual(1);
    });
    expect(calls.slice(-5)).toEqual([
      'queues.receive',
      'jobs.findMany',
      'oneTimeValues.claim',
      'jobs.lease',
      'jobs.lease',
    ]);
  });

  it('loses no job and at most one attempt of each when it is not sent again', async () => {
    await everyFault(prepare, async ({ world }) => {
      const all = world.ports.jobs.all().map(({ jobId }) => jobId);
      expect((await leaseRemainingJobs(world)).toSorted()).toEqual(all.toSorted());
      for (const { attempts, fence } of world.ports.jobs.all()) {
        expect(attempts).toBeLessThanOrEqual(2);
        expect(fence).toBe(attempts);
      }
    });
  });
});

describe('a pull that reports, renews, releases and leases', () => {
  async function prepare() {
    const world = await createWorld();
    await submit(world, 3);
    const [reported, renewed, released] = (await world.pull({ want: 3 })).json.jobs;
    if (!reported || !renewed || !released) throw new Error('Three jobs had to be leased.');
    await submit(world, 1);
    world.passSeconds(60);
    const input = {
      want: 1,
      results: [{ lease: reported.lease, jws: jwsFor(world, reported) }],
      renew: [renewed.lease],
      release: [released.lease],
    };
    return { world, input, reported, renewed, released, request: world.signedByAgent(input) };
  }

  it.each(['the same bytes', 'a new signature'])('takes effect once when it is sent again with %s', async (how) => {
    const calls = await everyFault(prepare, async ({ world, input, reported, renewed, released, request }, outcome) => {
      const find = (jobId: string) => world.ports.jobs.find(jobId);
      const isSameBytes = how === 'the same bytes';
      const repeat = isSameBytes ? withHeaders(request, { [REPEAT_HEADER]: '1' }) : world.signedByAgent(input);
      if (outcome.answer?.status !== 200) await world.ask(repeat);
      expect(await find(reported.lease.jobId)).toMatchObject({ state: 'completed', fence: 1, attempts: 1 });
      expect((await world.ports.evidence.find(reported.lease.jobId))?.jws).toBe(input.results[0]?.jws);
      const leaseUntil = new Date(world.time.nowMs + LIMITS.leaseSeconds * 1000).getTime();
      expect(await find(renewed.lease.jobId)).toMatchObject({ state: 'leased', fence: 1, leaseUntil });
      const releasedJob = await find(released.lease.jobId);
      expect(releasedJob?.attempts).toBe(releasedJob?.state === 'leased' ? 1 : 0);
      expect(world.namesOfEvents()).not.toContain('result.refused');
      const remaining = await leaseRemainingJobs(world);
      const open = world.ports.jobs.all().filter(({ state }) => state !== 'completed');
      expect(remaining.toSorted()).toEqual(open.map(({ jobId }) => jobId).toSorted());
      for (const { attempts } of open) expect(attempts).toBeLessThanOrEqual(2);
    });
    expect(calls).toEqual(
      expect.arrayContaining([
        'evidence.save',
        'jobs.complete',
        'queues.deleteMany',
        'jobs.release',
        'jobs.renew',
        'queues.hideMany',
      ]),
    );
  });
});
