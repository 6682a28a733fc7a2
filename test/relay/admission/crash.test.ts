// Crashes and failed calls at each step of a submission, a batch, a cancel and a sweep: a retry or the sweep repairs them.
import { describe, expect, it } from 'vitest';
import type { QuotaWarning } from '../../../lib/relay/model/records.ts';
import { sweep } from '../../../lib/relay/sweep/sweep.ts';
import { everyFault, hadEffect, type Outcome } from '../../support/faults/every-fault.ts';
import { allFaults, createFaultyProcess } from '../../support/faults/fault-port.ts';
import { itemsOf, outcomeOf, submissions, used } from '../../support/relay/batches.ts';
import { leaseAfterSweep } from '../../support/relay/healing.ts';
import { ACCOUNT } from '../../support/relay/samples.ts';
import { type Agent, createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

const submitSigned = (world: World, body: unknown) => world.signedByPartner('POST', '/api/links/fetch', body);

describe('a submission', () => {
  async function prepare() {
    const world = await createWorld();
    const body = sampleSubmission();
    return { world, body, request: submitSigned(world, body) };
  }

  /** The units that a crash can lose: those of jobs that were not created. */
  const lostUnits = (outcome: Outcome) => hadEffect(outcome, 'quota.take') - hadEffect(outcome, 'jobs.create');

  it('is one job after a retry, leased once, for one unit, or two if the first request died after taking a unit', async () => {
    const calls = await everyFault(prepare, async ({ world, body }, outcome) => {
      const again = await world.submit(body);
      expect(again.status).toBe(hadEffect(outcome, 'jobs.create') ? 200 : 202);
      expect(world.ports.jobs.all()).toHaveLength(1);
      expect(await leaseAfterSweep(world)).toEqual([again.json.jobId]);
      expect(used(world)).toBe(1 + lostUnits(outcome));
      expect(lostUnits(outcome)).toBeLessThanOrEqual(1);
    });
    expect(calls).toEqual([
      'inboundRing.read',
      'directory.findKey',
      'directory.findAccount',
      'oneTimeValues.claim',
      'keyUses.record',
      'jobs.find',
      'quota.take',
      'jobs.create',
      'queues.send',
    ]);
  });

  it('is leased without a retry if its row was written, and leaves nothing otherwise', async () => {
    await everyFault(prepare, async ({ world }, outcome) => {
      const jobs = hadEffect(outcome, 'jobs.create');
      expect(world.ports.jobs.all()).toHaveLength(jobs);
      expect(await leaseAfterSweep(world)).toEqual(world.ports.jobs.all().map(({ jobId }) => jobId));
      expect(used(world)).toBe(jobs + lostUnits(outcome));
    });
  });

  it('is in the queue if it is answered with 202', async () => {
    await everyFault(prepare, async ({ world }, { answer }) => {
      if (answer?.status === 202) expect(world.ports.queues.sent).toHaveLength(1);
    });
  });
});

describe('a submission that makes the quota warning due', () => {
  async function prepare() {
    const world = await createWorld();
    await world.putAccount({ ...ACCOUNT, jobsPerMonth: 4 });
    await itemsOf(world, submissions(3));
    return { world, body: sampleSubmission(), request: submitSigned(world, sampleSubmission()) };
  }

  it('writes one warning at most, and leaves it to the next submission if it crashes', async () => {
    const calls = await everyFault(prepare, async ({ world, body }) => {
      const { recordWarning, findWarning } = world.ports.quota;
      const before = await findWarning(ACCOUNT.accountId, '2026-11');
      const written: boolean[] = [];
      const watched = async (warning: QuotaWarning) => {
        const isFirst = await recordWarning(warning);
        written.push(isFirst);
        return isFirst;
      };
      world.ports.quota = { ...world.ports.quota, recordWarning: watched };
      await world.submit(body);
      expect(await findWarning(ACCOUNT.accountId, '2026-11')).toMatchObject(before ?? { used: 4, limit: 4 });
      expect(written).toEqual(before ? [] : [true]);
    });
    expect(calls.slice(5, 8)).toEqual(['quota.take', 'quota.recordWarning', 'jobs.create']);
  });
});

describe('a submission that loses a race', () => {
  /** The row of the other request appears between the read and the write. */
  async function prepare() {
    const world = await createWorld();
    const body = sampleSubmission();
    await world.submit(body);
    const { jobs } = world.ports;
    world.ports.jobs = { ...jobs, find: async () => undefined };
    const request = submitSigned(world, body);
    const showRows = () => {
      world.ports.jobs = jobs;
    };
    return { world, body, request, showRows };
  }

  it('creates no second job and no message, and loses one unit at most', async () => {
    const calls = await everyFault(prepare, async ({ world, body, showRows }, outcome) => {
      showRows();
      expect((await world.submit(body)).status).toBe(200);
      expect(world.ports.jobs.all()).toHaveLength(1);
      expect(await leaseAfterSweep(world)).toHaveLength(1);
      expect(used(world)).toBe(1 + hadEffect(outcome, 'quota.take') - hadEffect(outcome, 'quota.refund'));
    });
    expect(calls.slice(-3)).toEqual(['quota.take', 'jobs.create', 'quota.refund']);
  });
});

describe('a batch', () => {
  /** The batch is for two pools, and one of its jobs exists. */
  async function prepare() {
    const world = await createWorld();
    const [existing, ...others] = submissions(4);
    const jobs = [existing, ...others.map((job, index) => ({ ...job, pool: index === 0 ? 'second' : 'default' }))];
    await world.submit(existing);
    const agents = [world.agent, await world.makeAgent(2, { pool: 'second' })];
    const request = world.signedByPartner('POST', '/api/links/fetch/batch', { jobs });
    return { world, jobs, agents, request };
  }

  const lostUnits = (outcome: Outcome) =>
    hadEffect(outcome, 'quota.takeUpTo') ? 3 - hadEffect(outcome, 'jobs.create') : 0;

  it('is one job for each item after a retry, leased once, and loses only the units that the first request took', async () => {
    const calls = await everyFault(prepare, async ({ world, jobs, agents }, outcome) => {
      const items = await itemsOf(world, jobs);
      expect(items.every(({ status }) => status === 200 || status === 202)).toBe(true);
      expect(world.ports.jobs.all()).toHaveLength(4);
      const leased = await leaseAfterSweep(world, agents);
      expect(leased.toSorted()).toEqual(items.map(({ job }) => job?.jobId ?? '').toSorted());
      expect(used(world)).toBe(4 + lostUnits(outcome));
    });
    expect(calls.slice(4)).toEqual([
      'jobs.findMany',
      'quota.takeUpTo',
      ...Array.from({ length: 3 }, () => 'jobs.create'),
      ...Array.from({ length: 2 }, () => 'queues.sendMany'),
    ]);
  });

  it('is leased without a retry as far as its rows were written', async () => {
    await everyFault(prepare, async ({ world, agents }) => {
      const created = world.ports.jobs.all().map(({ jobId }) => jobId);
      expect((await leaseAfterSweep(world, agents)).toSorted()).toEqual(created.toSorted());
    });
  });

  it('is answered with the outcome of each item, and failed items are retryable', async () => {
    await everyFault(prepare, async ({ world, jobs }, { answer }) => {
      if (answer?.status !== 200) return;
      const items: Awaited<ReturnType<typeof itemsOf>> = answer.json.items;
      expect(items[0]?.status).toBe(200);
      for (const { problem } of items) if (problem) expect(problem).toMatchObject({ status: 503, retryable: true });
      const again = await itemsOf(world, jobs);
      for (const [index, item] of items.entries()) if (item.job) expect(outcomeOf(again[index] ?? item)).toBe(200);
    });
  });
});

describe.each(['POST', 'DELETE'])('a cancel by %s', (method) => {
  async function prepare() {
    const world = await createWorld();
    const { jobId } = (await world.submit(sampleSubmission())).json;
    const sign = () =>
      method === 'POST'
        ? world.signedByPartner('POST', '/api/links/cancel', { jobId })
        : world.signedByPartner('DELETE', `/api/links/${jobId}`);
    return { world, sign, request: sign() };
  }

  it('ends the job after a retry, so that it is never leased, and loses its unit only if the first cancel ended it', async () => {
    const calls = await everyFault(prepare, async ({ world, sign }, outcome) => {
      const again = await world.ask(sign());
      expect([again.status, again.json.state]).toEqual([200, 'canceled']);
      expect(await leaseAfterSweep(world)).toEqual([]);
      expect(used(world)).toBe(hadEffect(outcome, 'jobs.end') - hadEffect(outcome, 'quota.refund'));
    });
    expect(calls.slice(calls.indexOf('jobs.find'))).toEqual(['jobs.find', 'jobs.end', 'quota.refund']);
  });
});

describe('a sweep', () => {
  async function prepare(): Promise<{ world: World; agents: readonly Agent[] }> {
    const world = await createWorld();
    const { queues } = world.ports;
    world.ports.queues = { ...queues, sendMany: async (_pool, refs) => refs };
    await itemsOf(world, submissions(2));
    world.ports.queues = queues;
    world.passSeconds(120);
    return { world, agents: [world.agent] };
  }

  it('is completed by the next sweep when it dies at any step: every job is leased once', async () => {
    const counted = createFaultyProcess({ ...(await prepare()).world.ports });
    await sweep(counted.ports);
    expect(counted.calls).toEqual(['jobs.findMany', 'queues.sendMany', 'jobs.moveDue', 'jobs.moveDue']);
    for (const fault of allFaults(counted.calls.length)) {
      const { world, agents } = await prepare();
      const { ports, crashed } = createFaultyProcess({ ...world.ports }, fault);
      await Promise.race([sweep(ports), crashed]);
      expect((await leaseAfterSweep(world, agents)).toSorted()).toEqual(
        world.ports.jobs
          .all()
          .map(({ jobId }) => jobId)
          .toSorted(),
      );
    }
  });
});
