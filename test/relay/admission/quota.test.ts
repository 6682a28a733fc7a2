// Quota: an account never gets more jobs in a month or a minute than its limits, and partners can read what is left.
import { describe, expect, it } from 'vitest';
import type { BatchItem } from '../../../lib/protocol/messages.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { itemsOf, outcomeOf, sendBatch, submissions } from '../../support/relay/batches.ts';
import { ACCOUNT, NOW, SECOND } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

const UNTIL_DECEMBER = Math.ceil((Date.parse('2026-12-01T00:00:00Z') - NOW) / SECOND);

async function worldWith(limits: { jobsPerMonth?: number; jobsPerMinute?: number }) {
  const world = await createWorld();
  await world.putAccount({ ...ACCOUNT, ...limits });
  return world;
}

const submitMany = (world: World, count: number) =>
  Promise.all(Array.from({ length: count }, () => world.submit(sampleSubmission())));

const readQuota = async (world: World) => (await world.get('/api/quota')).json;

describe.each([
  ['month', { jobsPerMonth: 50 }, UNTIL_DECEMBER, 'a month'],
  ['minute', { jobsPerMinute: 50 }, 60, 'a minute'],
] as const)('at the limit of the %s', (window, limits, retryAfter, period) => {
  it('accepts 50 of 200 concurrent submissions, and refuses the others with the time to wait', async () => {
    const world = await worldWith(limits);
    const answers = await submitMany(world, 200);
    const refusals = answers.filter(({ status }) => status === 429);
    expect([answers.filter(({ status }) => status === 202).length, refusals.length]).toEqual([50, 150]);
    expect([world.ports.jobs.all().length, world.ports.queues.sent.length]).toEqual([50, 50]);
    for (const { headers, json } of refusals) {
      expect(headers['retry-after']).toBe(String(retryAfter));
      expect(json).toMatchObject({ code: 'quota_exceeded', retryable: true, detail: expect.stringContaining(period) });
    }
    expect(await readQuota(world)).toMatchObject({ month: { used: 50 }, minute: { used: 50 } });
  });

  it('accepts a submission after the time of Retry-After, and not a second earlier', async () => {
    const world = await worldWith(limits);
    await submitMany(world, 50);
    world.passSeconds(retryAfter - 1);
    expect((await world.submit(sampleSubmission())).status).toBe(429);
    world.passSeconds(1);
    expect((await world.submit(sampleSubmission())).status).toBe(202);
  });

  it('accepts 50 items of a batch of 100, refuses 50 with the limit, and shows the quota in the headers', async () => {
    const world = await worldWith(limits);
    const { status, headers, json } = await sendBatch(world, { jobs: submissions(100) });
    const items: readonly BatchItem[] = json.items;
    expect(status).toBe(200);
    expect(items.map(outcomeOf)).toEqual(Array.from({ length: 100 }, (_, at) => (at < 50 ? 202 : 'quota_exceeded')));
    expect([world.ports.jobs.all().length, world.ports.queues.sent.length]).toEqual([50, 50]);
    for (const { problem } of items.slice(50))
      expect(problem).toMatchObject({ retryable: true, detail: expect.stringContaining(`50 jobs ${period}`) });
    expect(headers['ratelimit']).toMatch(new RegExp(`"${window}";r=0;t=${retryAfter}\\b`));
    expect(headers['ratelimit-policy']).toContain(`"${window}";q=50;`);
    expect(await readQuota(world)).toMatchObject({ month: { used: 50 }, minute: { used: 50 } });
  });

  it('answers repeats, which take no unit', async () => {
    const world = await worldWith(limits);
    const submission = sampleSubmission();
    await world.submit(submission);
    await submitMany(world, 49);
    expect((await world.submit(submission)).status).toBe(200);
    expect(await readQuota(world)).toMatchObject({ month: { used: 50 }, minute: { used: 50 } });
  });
});

describe('a submission', () => {
  it('must wait for the next month when it exceeds both limits', async () => {
    const world = await worldWith({ jobsPerMonth: 2, jobsPerMinute: 2 });
    await submitMany(world, 2);
    const { headers } = await world.submit(sampleSubmission());
    expect(headers['retry-after']).toBe(String(UNTIL_DECEMBER));
  });

  it('must wait for the next minute when it exceeds only the limit of the minute', async () => {
    const world = await worldWith({ jobsPerMonth: 3, jobsPerMinute: 2 });
    await submitMany(world, 2);
    const { headers, json } = await world.submit(sampleSubmission());
    expect([headers['retry-after'], json.detail]).toEqual(['60', expect.stringContaining('2 jobs a minute')]);
  });

  it('gets the remaining quota in its headers, accepted or refused', async () => {
    const world = await worldWith({ jobsPerMonth: 7, jobsPerMinute: 1 });
    const policy = { 'ratelimit-policy': '"minute";q=1;w=60, "month";q=7;w=2592000' };
    const state = { ratelimit: `"minute";r=0;t=60, "month";r=6;t=${UNTIL_DECEMBER}` };
    expect(await world.submit(sampleSubmission())).toMatchObject({ status: 202, headers: { ...policy, ...state } });
    expect(await world.submit(sampleSubmission())).toMatchObject({ status: 429, headers: { ...policy, ...state } });
  });

  it('takes no unit and does not call the ledger when it is refused for another reason or is a repeat', async () => {
    const world = await createWorld();
    const submission = sampleSubmission();
    await world.submit(submission);
    world.ports.quota = { ...world.ports.quota, take: () => Promise.reject(new Error('asked')) };
    const bad = [{ ...submission, rowId: 'other' }, sampleSubmission({ trackingUrl: 'ftp://x' }), { rowId: 1 }];
    for (const json of bad) expect((await world.submit(json)).status).toBe(422);
    const repeat = await world.submit(submission);
    expect(repeat.status).toBe(200);
    expect(repeat.headers).not.toHaveProperty('ratelimit');
    expect(await readQuota(world)).toMatchObject({ month: { used: 1 }, minute: { used: 1 } });
  });

  it('gets its unit refunded in both windows when it loses a race with an equal submission', async () => {
    const world = await createWorld();
    const submission = sampleSubmission();
    const { find } = world.ports.jobs;
    world.ports.jobs = { ...world.ports.jobs, find: async () => undefined };
    await Promise.all(Array.from({ length: 20 }, () => world.submit(submission)));
    world.ports.jobs = { ...world.ports.jobs, find };
    expect(await readQuota(world)).toMatchObject({ month: { used: 1 }, minute: { used: 1 } });
  });

  it('is answered as a repeat when it loses a race, even if the refund fails', async () => {
    const world = await createWorld();
    const submission = sampleSubmission();
    const first = await world.submit(submission);
    const refund = () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause: 'throttled' }));
    world.ports.jobs = { ...world.ports.jobs, find: async () => undefined };
    world.ports.quota = { ...world.ports.quota, refund };
    expect(await world.submit(submission)).toMatchObject({ status: 200, json: first.json });
    expect(world.namesOfEvents().slice(-2)).toEqual(['dependency.failed', 'job.repeated']);
  });

  it('is one job and a repeat when it is sent twice at once for the last unit', async () => {
    const world = await worldWith({ jobsPerMonth: 1 });
    const submission = sampleSubmission();
    const { find } = world.ports.jobs;
    let reads = 0;
    // Both requests read before either has written.
    world.ports.jobs = { ...world.ports.jobs, find: async (jobId) => (reads++ < 2 ? undefined : find(jobId)) };
    expect((await world.submit(submission)).status).toBe(202);
    expect((await world.submit(submission)).status).toBe(200);
    expect(await readQuota(world)).toMatchObject({ month: { used: 1 } });
  });

  it('has a limit of 600 a minute when its account names none', async () => {
    const world = await createWorld();
    expect(ACCOUNT).not.toHaveProperty('jobsPerMinute');
    expect((await readQuota(world)).minute.limit).toBe(600);
  });
});

describe('a batch', () => {
  it('is refused for the month when it exceeds both limits', async () => {
    const world = await worldWith({ jobsPerMonth: 2, jobsPerMinute: 2 });
    const [, , third] = await itemsOf(world, submissions(3));
    expect(third?.problem?.detail).toContain('a month');
  });

  it('takes no unit, and has no rate-limit headers, when it has only repeats and invalid items', async () => {
    const world = await worldWith({ jobsPerMonth: 1 });
    const [one] = submissions(1);
    await world.submit(one);
    world.ports.quota = { ...world.ports.quota, takeUpTo: () => Promise.reject(new Error('asked')) };
    const { headers, json } = await sendBatch(world, { jobs: [one, {}] });
    expect(json.items.map(outcomeOf)).toEqual([200, 'validation_failed']);
    expect(headers).not.toHaveProperty('ratelimit');
  });

  it('gets its units refunded in both windows when it loses races with equal batches', async () => {
    const world = await createWorld();
    const jobs = submissions(10);
    const { findMany } = world.ports.jobs;
    world.ports.jobs = { ...world.ports.jobs, findMany: async () => [] };
    await Promise.all(Array.from({ length: 3 }, () => itemsOf(world, jobs)));
    world.ports.jobs = { ...world.ports.jobs, findMany };
    expect(await readQuota(world)).toMatchObject({ month: { used: 10 }, minute: { used: 10 } });
  });

  describe('that is sent twice at once for the last units', () => {
    /** Both requests read before either has written. `readAgain` replaces later reads. */
    async function sendTwice(readAgain?: () => Promise<never>) {
      const world = await worldWith({ jobsPerMonth: 3 });
      const [one, two, three, four] = submissions(4);
      const { findMany } = world.ports.jobs;
      let reads = 0;
      const read = async (ids: readonly string[]) => (reads++ < 2 ? [] : (readAgain ?? (() => findMany(ids)))());
      world.ports.jobs = { ...world.ports.jobs, findMany: read };
      const first = await itemsOf(world, [one, two]);
      const second = await itemsOf(world, [three, one, two, four]);
      return [first.map(outcomeOf), second.map(outcomeOf)];
    }

    it('creates each job once, and answers the others as repeats', async () => {
      expect(await sendTwice()).toEqual([
        [202, 202],
        [202, 200, 200, 'quota_exceeded'],
      ]);
    });

    it('answers with the jobs that it created, even if it cannot read the others', async () => {
      const down = () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause: new Error('down') }));
      const failed = 'dependency_unavailable';
      expect(await sendTwice(down)).toEqual([
        [202, 202],
        [202, failed, failed, failed],
      ]);
    });
  });
});
