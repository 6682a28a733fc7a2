// Admission of a batch: each item gets the outcome that it would get alone, in the order of the items.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { itemsOf, outcomeOf, sendBatch, submissions, used } from '../../support/relay/batches.ts';
import { ACCOUNT, DAY, NOW, SECOND } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../support/relay/world.ts';

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

describe('a batch', () => {
  it('creates, from 100 items, 100 jobs in order, each with a row, a message and a unit of quota', async () => {
    const world = await createWorld();
    const jobs = submissions(100);
    const items = await itemsOf(world, jobs);
    expect(items.map(({ status, job }) => [status, job?.idempotencyKey])).toEqual(
      jobs.map(({ idempotencyKey }) => [202, idempotencyKey]),
    );
    const sent = world.ports.queues.sent.map(({ jobId }) => jobId);
    expect(sent.toSorted()).toEqual(items.map(({ job }) => job?.jobId ?? '').toSorted());
    expect(world.ports.jobs.all()).toHaveLength(100);
    expect(used(world)).toBe(100);
    expect(world.namesOfEvents().filter((name) => name === 'job.admitted')).toHaveLength(100);
  });

  it('is answered as 100 repeats when it is sent again, without a message or a unit, even if the quota is used up', async () => {
    const world = await createWorld();
    const jobs = submissions(100);
    const first = await itemsOf(world, jobs);
    await world.putAccount({ ...ACCOUNT, jobsPerMonth: 100 });
    const again = await itemsOf(world, jobs);
    expect(again).toEqual(first.map(({ job }) => ({ status: 200, job })));
    expect(world.ports.queues.sent).toHaveLength(100);
    expect(used(world)).toBe(100);
  });

  it('sends each job to the pool that it names', async () => {
    const world = await createWorld();
    await itemsOf(world, [...submissions(11), ...submissions(3).map((job) => ({ ...job, pool: 'second' }))]);
    expect(world.ports.queues.hiddenSeconds(world.pool)).toHaveLength(11);
    expect(world.ports.queues.hiddenSeconds({ ...world.pool, pool: 'second' })).toHaveLength(3);
  });

  it('creates a new job once the existing one is 30 days old, even if its row still exists', async () => {
    const world = await createWorld();
    const jobs = submissions(2);
    await itemsOf(world, jobs);
    world.time.nowMs = NOW + 30 * DAY + SECOND;
    expect((await itemsOf(world, jobs)).map(outcomeOf)).toEqual([202, 202]);
  });
});

describe('a fault in one item', () => {
  it('affects that item alone, with the problem that the single route answers', async () => {
    const good = fc.constant({});
    const bad = fc.constantFrom<object>(
      { rowId: '' },
      { rowId: 7, source: undefined, 'a/b~c': 1 },
      { trackingUrl: 'ftp://example.com/' },
      { trackingUrl: 'http://127.0.0.1/' },
      { pool: 'third' },
      { metadata: { deep: nested(20) } },
      { metadata: { lone: '\ud800' } },
      JSON.parse('{"__proto__": {"polluted": true}}'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(good, bad), { minLength: 1, maxLength: 8 }), async (inputs) => {
        const [batchWorld, singleWorld] = [await createWorld(), await createWorld()];
        const jobs = inputs.map((input) =>
          Object.defineProperties(sampleSubmission(), Object.getOwnPropertyDescriptors(input)),
        );
        const items = await itemsOf(batchWorld, jobs);
        const requestId = expect.any(String);
        for (const [index, job] of jobs.entries()) {
          const { status, json } = await singleWorld.submit(job);
          expect(items[index]).toEqual(
            status < 300 ? { status, job: json } : { status, problem: { ...json, requestId } },
          );
        }
        expect(used(batchWorld)).toBe(used(singleWorld));
      }),
      { numRuns: 30 },
    );
  });

  it.each([[null], [7], ['text'], [[]], [[[]]], [true]])('may be its type: %j', async (item) => {
    const world = await createWorld();
    const items = await itemsOf(world, [sampleSubmission(), item, sampleSubmission()]);
    expect(items.map(outcomeOf)).toEqual([202, 'validation_failed', 202]);
  });

  it('may be a number that is too large for a double', async () => {
    const world = await createWorld();
    const [good, bad] = [sampleSubmission(), sampleSubmission({ metadata: { n: 0 } })].map((job) =>
      JSON.stringify(job),
    );
    const items = (await sendBatch(world, `{"jobs":[${bad?.replace('"n":0', '"n":1e999')},${good}]}`)).json.items;
    expect(items.map(outcomeOf)).toEqual(['validation_failed', 202]);
  });

  it('is logged with the index of the item', async () => {
    const world = await createWorld();
    await itemsOf(world, [sampleSubmission(), sampleSubmission({ rowId: '' })]);
    expect(world.events).toContainEqual(
      expect.objectContaining({ event: 'item.refused', item: 1, problem: 'validation_failed', reason: '/rowId' }),
    );
  });

  it('has its code under `error` too for a VouchersX caller', async () => {
    const world = await createWorld();
    const partner = await world.makePartner(ACCOUNT.accountId, 'vouchersx');
    const [item] = await itemsOf(world, [{}], partner);
    expect(item?.problem?.error).toBe('validation_failed');
  });
});

describe('a fault outside the items', () => {
  const good = JSON.stringify(sampleSubmission());
  it.each([
    ['an empty list', '{"jobs":[]}', '/jobs'],
    ['too many jobs', JSON.stringify({ jobs: Array.from({ length: LIMITS.batchJobs + 1 }, () => 1) }), '/jobs'],
    ['a job in place of the list', `{"jobs":${good}}`, '/jobs'],
    ['an empty object', '{}', '/jobs'],
    ['a list without its object', `[${good}]`, ''],
    ['null', 'null', ''],
    ['a submission', good, '/jobs'],
    ['an unknown field', `{"jobs":[${good}],"more":1}`, '/more'],
    ['the key __proto__', `{"jobs":[${good}],"__proto__":{}}`, undefined],
    ['a text that is not JSON', `{"jobs":[${good}]`, undefined],
    ['a hundred thousand nested lists', `{"jobs":[${'['.repeat(1e5)}${']'.repeat(1e5)}]}`, undefined],
  ])('refuses the whole batch: %s', async (_what, body, path) => {
    const world = await createWorld();
    const { status, json } = await sendBatch(world, body);
    expect([status, json.code, json.errors?.[0]?.path]).toEqual([422, 'validation_failed', path]);
    expect(world.ports.jobs.all()).toEqual([]);
    expect(used(world)).toBe(0);
  });

  it('refuses the whole batch when it has more than a mebibyte', async () => {
    const world = await createWorld();
    const body = `{"jobs":[${good}]}`;
    expect((await sendBatch(world, body.padEnd(1024 * 1024))).status).toBe(200);
    expect((await sendBatch(world, body.padEnd(1024 * 1024 + 1))).json.code).toBe('body_too_large');
  });
});

describe('an idempotency key that occurs several times in a batch', () => {
  it('has one job: the first item creates it, an equal item repeats it, and a different item is refused', async () => {
    const world = await createWorld();
    const first = sampleSubmission();
    const items = await itemsOf(world, [first, first, { ...first, rowId: 'other' }, sampleSubmission(), first]);
    expect(items.map(outcomeOf)).toEqual([202, 200, 'idempotency_key_reused', 202, 200]);
    expect(items[1]?.job).toEqual(items[0]?.job);
    expect(world.ports.queues.sent).toHaveLength(2);
    expect(used(world)).toBe(2);
  });

  it('belongs to the first valid item', async () => {
    const world = await createWorld();
    const valid = sampleSubmission();
    const items = await itemsOf(world, [{ ...valid, rowId: '' }, valid, valid]);
    expect(items.map(outcomeOf)).toEqual(['validation_failed', 202, 200]);
  });

  it('belongs to the existing job rather than to the first item', async () => {
    const world = await createWorld();
    const existing = sampleSubmission();
    await world.submit(existing);
    const items = await itemsOf(world, [{ ...existing, rowId: 'other' }, existing]);
    expect(items.map(outcomeOf)).toEqual(['idempotency_key_reused', 200]);
  });
});

describe('a quota that is not enough for all items', () => {
  it('goes to the first new jobs; the others are refused, and existing jobs cost nothing', async () => {
    const world = await createWorld();
    await world.putAccount({ ...ACCOUNT, jobsPerMonth: 3 });
    const [one, ...rest] = submissions(6);
    await world.submit(one);
    const [two, three, four, five, six] = rest;
    const items = await itemsOf(world, [two, one, { rowId: '' }, three, four, four, five, six]);
    const refused = 'quota_exceeded';
    expect(items.map(outcomeOf)).toEqual([202, 200, 'validation_failed', 202, refused, refused, refused, refused]);
    expect(used(world)).toBe(3);
  });

  it('is never exceeded by concurrent batches, and every unit taken is a job', async () => {
    const world = await createWorld();
    await world.putAccount({ ...ACCOUNT, jobsPerMonth: 50 });
    const all = await Promise.all(Array.from({ length: 8 }, () => itemsOf(world, submissions(20))));
    expect(all.flat().filter(({ status }) => status === 202)).toHaveLength(50);
    expect(world.ports.jobs.all()).toHaveLength(50);
    expect(used(world)).toBe(50);
  });
});
