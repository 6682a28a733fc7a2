// A process dies, or a call of it fails, at each step of a pull: nothing is lost, and a job pays one attempt at most.

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
  for (let made = 0; made < count; made += 1) await world.submit(sampleSubmission());
}

const idsIn = (answer: Answer) => answer.json.jobs.map(({ lease }: LeasedJob) => lease.jobId);

/** Until every lease and every hidden message of the pull has run out, and the alarm has gone off. */
async function leaseWhatIsLeft(world: World): Promise<string[]> {
  world.passSeconds(LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds);
  await sweep(world.ports);
  return idsIn(await world.pull({ want: 10 }));
}

describe('a pull that takes two jobs', () => {
  async function prepare() {
    const world = await createWorld();
    await submit(world, 2);
    return { world, request: world.signedByAgent({ want: 10 }) };
  }

  it('and is sent again gets every lease that the first took, so that no attempt is burned', async () => {
    const calls = await everyFault(prepare, async ({ world, request }, outcome) => {
      const leased = () =>
        world.ports.jobs
          .all()
          .filter(({ state }) => state === 'leased')
          .map(({ jobId }) => jobId);
      const before = outcome.answer?.status === 200 ? idsIn(outcome.answer) : [];
      // As the agent does: it has its answer, or it asks for it.
      const again = before.length > 0 ? undefined : await world.ask(withHeaders(request, { [REPEAT_HEADER]: '1' }));
      const handedOut: string[] = again?.status === 200 ? idsIn(again) : before;
      // One of two whose write was made and not answered, beside one that was handed out, is the only one nobody knows of.
      if (again) expect(handedOut.toSorted()).toEqual(leased().toSorted());
      const burned = leased().filter((jobId) => !handedOut.includes(jobId));
      expect(burned.length).toBeLessThanOrEqual(1);
      for (const { attempts } of world.ports.jobs.all()) expect(attempts).toBeLessThanOrEqual(1);
    });
    expect(calls.slice(-5)).toEqual([
      'presence.recordSeen',
      'queues.receive',
      'oneTimeValues.claim',
      'jobs.lease',
      'jobs.lease',
    ]);
  });

  it('and is never sent again loses no job, and costs each one attempt at most', async () => {
    await everyFault(prepare, async ({ world }) => {
      const all = world.ports.jobs.all().map(({ jobId }) => jobId);
      expect((await leaseWhatIsLeft(world)).toSorted()).toEqual(all.toSorted());
      for (const { attempts, fence } of world.ports.jobs.all()) {
        expect(attempts).toBeLessThanOrEqual(2);
        expect(fence).toBe(attempts);
      }
    });
  });
});

describe('a pull that reports, renews, releases and takes', () => {
  async function prepare() {
    const world = await createWorld();
    await submit(world, 3);
    const [done, kept, freed] = (await world.pull({ want: 3 })).json.jobs;
    if (!done || !kept || !freed) throw new Error('Three jobs were to be leased.');
    await submit(world, 1);
    world.passSeconds(60);
    const input = {
      want: 1,
      results: [{ lease: done.lease, jws: jwsFor(world, done) }],
      renew: [kept.lease],
      release: [freed.lease],
    };
    return { world, input, done, kept, freed, request: world.signedByAgent(input) };
  }

  it.each(['again', 'anew'])('and is sent %s has done each of these once', async (how) => {
    const calls = await everyFault(prepare, async ({ world, input, done, kept, freed, request }, outcome) => {
      const find = (jobId: string) => world.ports.jobs.find(jobId);
      const repeat = how === 'again' ? withHeaders(request, { [REPEAT_HEADER]: '1' }) : world.signedByAgent(input);
      if (outcome.answer?.status !== 200) await world.ask(repeat);
      expect(await find(done.lease.jobId)).toMatchObject({ state: 'completed', fence: 1, attempts: 1 });
      expect((await world.ports.evidence.find(done.lease.jobId))?.jws).toBe(input.results[0]?.jws);
      const later = new Date(world.time.nowMs + LIMITS.leaseSeconds * 1000).getTime();
      expect(await find(kept.lease.jobId)).toMatchObject({ state: 'leased', fence: 1, leaseUntil: later });
      const released = await find(freed.lease.jobId);
      expect(released?.attempts).toBe(released?.state === 'leased' ? 1 : 0);
      expect(world.namesOfEvents()).not.toContain('result.refused');
      const left = await leaseWhatIsLeft(world);
      const open = world.ports.jobs.all().filter(({ state }) => state !== 'completed');
      expect(left.toSorted()).toEqual(open.map(({ jobId }) => jobId).toSorted());
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
