// Concurrent submissions with one idempotency key: in every order of their steps there is one job, one message and one unit.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aroundCalls } from '../../support/faults/around-calls.ts';
import { allFaults, createFaultyProcess } from '../../support/faults/fault-port.ts';
import { inEveryOrder, type Turnstile } from '../../support/faults/interleavings.ts';
import { used } from '../../support/relay/batches.ts';
import { leaseAfterSweep } from '../../support/relay/healing.ts';
import { ACCOUNT, holdOf, NOW, sampleResult } from '../../support/relay/samples.ts';
import { type Answer, createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

const SHARED = ['jobs', 'quota', 'queues'] as const;

/** Sends the submissions concurrently. The turnstile decides the order of their steps. */
function submitAtOnce(world: World, turnstile: Turnstile, bodies: readonly unknown[]): Promise<readonly Answer[]> {
  const ask = world.askProcess(turnstile.wrap({ ...world.ports }, SHARED));
  const work = bodies.map((body) => ask(world.signedByPartner('POST', '/api/links/fetch', body)));
  return turnstile.drive(Promise.all(work));
}

const statusesOf = (answers: readonly Answer[]) => answers.map(({ status }) => status).toSorted();

function expectOneOfEach(world: World): void {
  expect(world.ports.jobs.all()).toHaveLength(1);
  expect(world.ports.queues.sent).toHaveLength(1);
  expect(used(world)).toBe(1);
}

/** Returns an answer without the request id, so that answers can be compared. */
function withoutRequestId({ status, headers, text, json }: Answer) {
  return { status, headers, text: text.replace(json.requestId, 'request') };
}

describe('two identical submissions', () => {
  it('are a 202 and a repeat in every order of their steps', async () => {
    const orders = await inEveryOrder(async (turnstile) => {
      const world = await createWorld();
      const body = sampleSubmission();
      const answers = await submitAtOnce(world, turnstile, [body, body]);
      expect(statusesOf(answers)).toEqual([200, 202]);
      expect(answers[0]?.json).toEqual(answers[1]?.json);
      expectOneOfEach(world);
    });
    // Each takes four steps when neither sees the other's row at first.
    expect(orders).toBeGreaterThan(30);
  });

  it('are one job for the last unit; the other is a repeat, or is refused if it read too early', async () => {
    await inEveryOrder(async (turnstile) => {
      const world = await createWorld();
      await world.putAccount({ ...ACCOUNT, jobsPerMonth: 1 });
      const body = sampleSubmission();
      const [higher, lower] = statusesOf(await submitAtOnce(world, turnstile, [body, body])).toReversed();
      expect([higher, lower]).toEqual(higher === 429 ? [429, 202] : [202, 200]);
      expectOneOfEach(world);
    });
  });

  it('are answered with the same job when one of them is in a batch', async () => {
    await inEveryOrder(async (turnstile) => {
      const world = await createWorld();
      const body = sampleSubmission();
      const ask = world.askProcess(turnstile.wrap({ ...world.ports }, SHARED));
      const [single, batch] = await turnstile.drive(
        Promise.all([
          ask(world.signedByPartner('POST', '/api/links/fetch', body)),
          ask(world.signedByPartner('POST', '/api/links/fetch/batch', { jobs: [body] })),
        ]),
      );
      const [item] = batch.json.items;
      expect([single.status, item.status].toSorted()).toEqual([200, 202]);
      expect(item.job).toEqual(single.json);
      expectOneOfEach(world);
    });
  });
});

describe('three identical submissions', () => {
  const asScheduled = (world: World, scheduler: fc.Scheduler, ports: World['ports'] = world.ports) =>
    aroundCalls({ ...ports }, async (name, call) => {
      if (SHARED.some((port) => name.startsWith(`${port}.`))) await scheduler.schedule(Promise.resolve(), name);
      return call();
    });

  it('are a 202 and two repeats in any order of their steps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = await createWorld();
        const body = sampleSubmission();
        const ask = world.askProcess(asScheduled(world, scheduler));
        const work = [1, 2, 3].map(() => ask(world.signedByPartner('POST', '/api/links/fetch', body)));
        const answers = await scheduler.waitFor(Promise.all(work));
        expect(statusesOf(answers)).toEqual([200, 200, 202]);
        expectOneOfEach(world);
      }),
      { numRuns: 60 },
    );
  });

  it('are one job that is leased, even if one of the requests dies or fails', async () => {
    const faults = fc.constantFrom(...allFaults(8));
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), faults, async (scheduler, fault) => {
        const world = await createWorld();
        const body = sampleSubmission();
        const sign = () => world.signedByPartner('POST', '/api/links/fetch', body);
        const { ports, crashed } = createFaultyProcess({ ...world.ports }, fault);
        const failing = Promise.race([world.askProcess(asScheduled(world, scheduler, ports))(sign()), crashed]);
        const ask = world.askProcess(asScheduled(world, scheduler));
        const [answer, ...others] = await scheduler.waitFor(Promise.all([failing, ask(sign()), ask(sign())]));
        for (const { status } of others) expect([200, 202]).toContain(status);
        if (answer && answer.status >= 500) expect(answer.json.retryable).toBe(true);
        expect(world.ports.jobs.all()).toHaveLength(1);
        expect(await leaseAfterSweep(world)).toHaveLength(1);
        expect([1, 2]).toContain(used(world));
      }),
      { numRuns: 60 },
    );
  });
});

describe('two bodies under one key', () => {
  it('are a job and a refusal, which is the same for any first body, in every order of their steps', async () => {
    const refusals = new Set<string>();
    for (const first of [
      { metadata: { secret: 'first' } },
      { trackingUrl: 'https://example.com/first', pool: 'second' },
    ])
      await inEveryOrder(async (turnstile) => {
        const world = await createWorld();
        const body = sampleSubmission({ idempotencyKey: 'the-same' });
        const answers = await submitAtOnce(world, turnstile, [{ ...body, ...first }, body]);
        expect(statusesOf(answers)).toEqual([202, 422]);
        for (const answer of answers) if (answer.status === 422) refusals.add(JSON.stringify(withoutRequestId(answer)));
        expectOneOfEach(world);
      });
    expect([...refusals]).toEqual([expect.stringContaining('idempotency_key_reused')]);
  });

  const STATES = {
    queued: async () => {},
    leased: async (world: World) => void (await world.pull({ want: 1 })),
    canceled: async (world: World, jobId: string) =>
      void (await world.ask(world.signedByPartner('POST', '/api/links/cancel', { jobId }))),
    completed: async (world: World, jobId: string) => {
      const [{ lease } = { lease: undefined }] = (await world.pull({ want: 1 })).json.jobs;
      if (!lease) throw new Error('No job was leased.');
      const hold = holdOf({ jobId, createdAt: NOW, fence: lease.fence }, world.agent.key.keyId);
      await world.ports.jobs.complete(hold, { result: sampleResult(), evidenceSha256: 'sha', nowMs: NOW });
    },
  };

  it('get a refusal that reveals neither the first body nor the state of its job', async () => {
    const contents = fc.record(
      {
        metadata: fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), {
          maxKeys: 3,
        }),
        rowId: fc.string({ minLength: 1, maxLength: 255 }),
        expectedDomain: fc.domain(),
        pool: fc.constantFrom('default'),
      },
      { requiredKeys: ['rowId'] },
    );
    const refusals = new Set<string>();
    const states = fc.constantFrom(...Object.values(STATES));
    await fc.assert(
      fc.asyncProperty(contents, states, async (fields, bringToState) => {
        const world = await createWorld();
        const first = await world.submit(sampleSubmission({ idempotencyKey: 'the-same', ...fields }));
        fc.pre(first.status === 202);
        await bringToState(world, first.json.jobId);
        const second = await world.submit(
          sampleSubmission({ idempotencyKey: 'the-same', rowId: 'r', source: 'another' }),
        );
        refusals.add(JSON.stringify(withoutRequestId(second)));
      }),
      { numRuns: 60 },
    );
    expect([...refusals]).toEqual([expect.stringContaining('idempotency_key_reused')]);
  });
});
