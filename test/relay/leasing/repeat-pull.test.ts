// Repeated pulls: the same signed bytes, sent again because the answer was lost, get the same leases and change nothing.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { REPEAT_HEADER } from '../../../lib/protocol/http-message.ts';
import type { Lease } from '../../../lib/protocol/messages.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { inEveryOrder } from '../../support/faults/interleavings.ts';
import { jwsFor } from '../../support/relay/evidence-samples.ts';
import { leaseAfterSweep } from '../../support/relay/healing.ts';
import { type Answer, createWorld, sampleSubmission, type World, withHeaders } from '../../support/relay/world.ts';

const HIDDEN = LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds;

const again = (request: IncomingRequest) => withHeaders(request, { [REPEAT_HEADER]: '1' });
const hidden = (world: World) => world.ports.queues.hiddenSeconds(world.pool);
const leasesIn = ({ json }: Answer): Lease[] => json.jobs.map(({ lease }: { lease: Lease }) => lease);
const namesIn = (answer: Answer) =>
  leasesIn(answer)
    .map(({ jobId, fence, leaseUntil }) => `${jobId} ${fence} ${leaseUntil}`)
    .toSorted();

async function submit(world: World, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) await world.submit(sampleSubmission());
}

/** Returns a world with `count` jobs, and the pull that leased them. */
async function pulled(count: number) {
  const world = await createWorld();
  await submit(world, count);
  const request = world.signedByAgent({ want: 10 });
  return { world, request, first: await world.ask(request) };
}

describe('a repeated pull', () => {
  it('gets the same leases and jobs, without an attempt or a second claim', async () => {
    const { world, request, first } = await pulled(10);
    const rows = world.ports.jobs.all();
    const claims = world.ports.oneTimeValues.count();
    world.passSeconds(5);
    const second = await world.ask(again(request));
    expect(second.status).toBe(200);
    expect(namesIn(second)).toEqual(namesIn(first));
    expect(second.json.jobs).toHaveLength(10);
    expect(second.json.nextPollSeconds).toBe(0);
    expect([world.ports.jobs.all(), world.ports.oneTimeValues.count()]).toEqual([rows, claims]);
    expect(world.namesOfEvents().filter((name) => name === 'lease.repeated')).toHaveLength(10);
  });

  it('puts the messages that it received back in the queue when it has no repeat header', async () => {
    const { world, request, first } = await pulled(2);
    await submit(world, 3);
    expect(namesIn(await world.ask(request))).toEqual(namesIn(first));
    expect(hidden(world)).toEqual([HIDDEN, HIDDEN, 0, 0, 0]);
  });

  it('does not receive messages when it has the repeat header', async () => {
    const { world, request } = await pulled(1);
    await submit(world, 1);
    await world.ask(again(request));
    expect(hidden(world)).toEqual([HIDDEN, 0]);
  });

  it('gets no jobs from an empty queue unless it has the exact repeat header', async () => {
    const { world, request } = await pulled(1);
    expect((await world.ask(request)).json.jobs).toEqual([]);
    for (const value of ['1,1', 'true', '', '0'])
      expect((await world.ask(withHeaders(request, { [REPEAT_HEADER]: value }))).json.jobs).toEqual([]);
  });

  it('is an ordinary pull when the first one got nothing or never arrived', async () => {
    const world = await createWorld();
    const request = world.signedByAgent({ want: 1 });
    expect((await world.ask(again(request))).json.jobs).toEqual([]);
    await submit(world, 1);
    expect((await world.ask(again(request))).json.jobs).toMatchObject([{ lease: { fence: 1 } }]);
  });

  it('gets the leases that the first pull took while both were receiving', async () => {
    const world = await createWorld();
    await submit(world, 1);
    const request = world.signedByAgent({ want: 1 });
    const { queues } = world.ports;
    const receive = async () => {
      expect((await world.ask(request)).json.jobs).toHaveLength(1);
      return [];
    };
    const ask = world.askProcess({ ...world.ports, queues: { ...queues, receive } });
    expect((await ask(again(request))).json.jobs).toMatchObject([{ lease: { fence: 1 }, job: { attempts: 1 } }]);
  });

  it('gets a lease with the end that it was renewed to', async () => {
    const { world, request, first } = await pulled(1);
    world.passSeconds(60);
    const [renewed] = (await world.pull({ renew: leasesIn(first) })).json.renewed;
    expect(leasesIn(await world.ask(again(request)))).toMatchObject([{ leaseUntil: renewed?.leaseUntil }]);
  });

  it('gets leases that can be renewed, released and completed, although their messages are unknown', async () => {
    const { world, request } = await pulled(3);
    const second = await world.ask(again(request));
    const [one, two, three] = second.json.jobs;
    const { json } = await world.pull({
      renew: [one.lease],
      release: [two.lease],
      results: [{ lease: three.lease, jws: jwsFor(world, three) }],
    });
    expect(json).toMatchObject({ accepted: [three.lease.jobId], renewed: [{ jobId: one.lease.jobId }] });
    expect(hidden(world)).toEqual([HIDDEN, HIDDEN, HIDDEN]);
    expect(world.ports.jobs.all().map(({ state }) => state)).toEqual(['leased', 'queued', 'completed']);
  });

  it.each<[string, (world: World, first: Answer) => Promise<unknown>]>([
    ['has expired', async (world) => world.passSeconds(LIMITS.leaseSeconds)],
    ['was released', (world, first) => world.pull({ release: leasesIn(first) })],
    [
      'was released, and the job was leased by another agent',
      async (world, first) => {
        await world.pull({ release: leasesIn(first) });
        world.passSeconds(1);
        await world.pull({ want: 1 }, await world.makeAgent(2));
      },
    ],
    [
      'was released, and the job was leased by a later pull',
      async (world, first) => {
        await world.pull({ release: leasesIn(first) });
        world.passSeconds(1);
        await world.pull({ want: 1 });
      },
    ],
    [
      'ended with a result',
      (world, { json: { jobs } }) => world.pull({ results: [{ lease: jobs[0].lease, jws: jwsFor(world, jobs[0]) }] }),
    ],
    [
      'ended with a cancel',
      (world, first) =>
        world.ask(world.signedByPartner('POST', '/api/links/cancel', { jobId: leasesIn(first)[0]?.jobId })),
    ],
  ])('is refused when its lease %s', async (_what, happen) => {
    const { world, request, first } = await pulled(1);
    await happen(world, first);
    const rows = world.ports.jobs.all();
    expect((await world.ask(again(request))).json).toMatchObject({ code: 'nonce_replayed', retryable: true });
    expect(world.ports.jobs.all()).toEqual(rows);
  });

  it('has its results accepted again', async () => {
    const world = await createWorld();
    await submit(world, 1);
    const [leased] = (await world.pull({ want: 1 })).json.jobs;
    if (!leased) throw new Error('No job was leased.');
    await submit(world, 1);
    const results = [{ lease: leased.lease, jws: jwsFor(world, leased) }];
    const request = world.signedByAgent({ want: 1, results });
    const first = await world.ask(request);
    const second = await world.ask(again(request));
    expect(second.json.accepted).toEqual([leased.lease.jobId]);
    expect(namesIn(second)).toEqual(namesIn(first));
  });

  it('never changes a job and returns only live leases of this agent, after any sequence of events', async () => {
    const actions = {
      wait: (world: World) => world.passSeconds(50),
      pull: (world: World) => world.pull({ want: 1 }),
      renew: (world: World, first: Answer) => world.pull({ renew: leasesIn(first) }),
      release: (world: World, first: Answer) => world.pull({ release: leasesIn(first).slice(0, 1) }),
      cancel: (world: World, first: Answer) =>
        world.ask(world.signedByPartner('POST', '/api/links/cancel', { jobId: leasesIn(first)[0]?.jobId })),
    };
    const sequences = fc.array(fc.constantFrom(...Object.values(actions)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        const { world, request, first } = await pulled(2);
        world.passSeconds(1);
        for (const act of sequence) await act(world, first);
        const rows = structuredClone(world.ports.jobs.all());
        const second = await world.ask(again(request));
        expect(world.ports.jobs.all()).toEqual(rows);
        for (const lease of second.status === 200 ? leasesIn(second) : []) {
          const row = rows.find(({ jobId }) => jobId === lease.jobId);
          expect(row).toMatchObject({ state: 'leased', fence: 1, leasedBy: world.agent.key.keyId });
          expect(row?.leaseUntil).toBeGreaterThan(world.time.nowMs);
        }
      }),
      { numRuns: 40 },
    );
  });
});

it('one of two concurrent executions of a pull leases, and no message is lost, in every order of their steps', async () => {
  const orders = await inEveryOrder(async (turnstile) => {
    const world = await createWorld();
    await submit(world, 2);
    const ask = world.askProcess(turnstile.wrap({ ...world.ports }, ['queues', 'oneTimeValues', 'jobs']));
    const request = world.signedByAgent({ want: 1 });
    const answers = await turnstile.drive(Promise.all([ask(request), ask(again(request))]));
    const attempts = world.ports.jobs.all().map((job) => job.attempts);
    expect(attempts.toSorted()).toEqual([0, 1]);
    expect(new Set(answers.flatMap((answer) => (answer.status === 200 ? namesIn(answer) : []))).size).toBe(1);
    expect(hidden(world).toSorted()).toEqual([0, HIDDEN]);
    expect(await leaseAfterSweep(world)).toHaveLength(2);
  });
  expect(orders).toBeGreaterThan(30);
});
