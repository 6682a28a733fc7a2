// Stale pointers never hold up fresh work: a pull that meets one goes on, for a bounded time, and puts back what is too much.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import type { LeasedJob } from '../../../lib/protocol/messages.ts';
import { DependencyUnavailable, type JobRef } from '../../../lib/relay/model/ports.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { aroundCalls } from '../../support/faults/around-calls.ts';
import { HOUR, MINUTE, NOW, SECOND, sampleJob, sampleLease } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

/** The seconds for which the message of a leased job is hidden. */
const HIDDEN = LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds;

const hidden = (world: World) => world.ports.queues.hiddenSeconds(world.pool);

/** Creates a job with this row and puts a pointer to it into the queue of the agent. */
async function plant(world: World, overrides: Partial<Job> = {}): Promise<Job> {
  const job = sampleJob({ createdAt: world.time.nowMs, ...overrides });
  await world.ports.jobs.create(job, world.time.nowMs);
  await world.ports.queues.send(world.pool, job);
  return job;
}

async function plantEnded(world: World, count: number): Promise<void> {
  for (let planted = 0; planted < count; planted += 1) await plant(world, { state: 'canceled' });
}

const idOf = ({ lease }: LeasedJob): string => lease.jobId;
const submitFresh = async (world: World): Promise<string> => (await world.submit(sampleSubmission())).json.jobId;

/** Returns a process that lists its calls to ports. Each takes `callMs` of the world's clock. */
function createProcess(world: World, callMs = 0) {
  const calls: string[] = [];
  const ports = aroundCalls(world.ports, async (name, call) => {
    calls.push(name);
    world.time.nowMs += callMs;
    return call();
  });
  const ask = world.askProcess(ports);
  return { calls, pull: (input: object) => ask(world.signedByAgent({ want: 1, ...input })) };
}

const countOf = (calls: readonly string[], name: string) => calls.filter((call) => call === name).length;

describe('2,000 pointers to ended jobs', () => {
  it('do not keep an idle agent from a fresh job for longer than 5 s, when each call takes 5 ms', async () => {
    const world = await createWorld();
    const pace = (await world.pull({ want: 1 })).json.pace;
    await plantEnded(world, 2_000);
    world.passSeconds(3_600);
    const jobId = await submitFresh(world);
    const { calls, pull } = createProcess(world, 5);
    const startedAt = world.time.nowMs;
    let answer = await pull({ pace });
    let pulls = 1;
    while (answer.json.jobs.length === 0) {
      const { nextPollSeconds } = answer.json;
      expect(nextPollSeconds).toBe(0);
      // An agent that got no job and is told to come back at once still waits a second.
      world.time.nowMs = Math.max(world.time.nowMs, startedAt + pulls * SECOND);
      answer = await pull({ pace: answer.json.pace });
      pulls += 1;
    }
    expect(answer.json.jobs).toMatchObject([{ lease: { jobId } }]);
    expect(world.time.nowMs - startedAt).toBeLessThan(5 * SECOND);
    expect(pulls).toBeLessThanOrEqual(2);
    // Forty pointers at a time, and one for the first receive of each pull.
    expect(countOf(calls, 'queues.receive')).toBeLessThanOrEqual(2_000 / 40 + 2 * pulls);
    expect(countOf(calls, 'jobs.findMany')).toBe(countOf(calls, 'queues.receive'));
    expect(hidden(world)).toHaveLength(1);
  });
});

describe('a pull', () => {
  it('receives once when it meets no stale pointer, however much it wants', async () => {
    const world = await createWorld();
    const { calls, pull } = createProcess(world);
    await pull({ want: 10 });
    await submitFresh(world);
    expect((await pull({ want: 10 })).json.jobs).toHaveLength(1);
    expect(countOf(calls, 'queues.receive')).toBe(2);
  });

  it.each<[string, (world: World) => Promise<unknown>]>([
    ['of a job that has ended', (world) => plant(world, { state: 'completed' })],
    ['of an unknown job', (world) => world.ports.queues.send(world.pool, { jobId: 'job_none', createdAt: NOW })],
    ['of another account', (world) => plant(world, { accountId: 'other4other4othe' })],
    ['of another pool', (world) => plant(world, { pool: 'second' })],
    ['of a job whose lease is live', async (world) => world.ports.jobs.lease(await plant(world), sampleLease())],
    ['of a job that is past its deadline', (world) => plant(world, { deadlineAt: NOW })],
    ['of a job whose attempts are used up', (world) => plant(world, { attempts: LIMITS.attempts })],
    ['that is malformed', async (world) => world.ports.queues.sendForeign(world.pool)],
  ])('goes on behind a pointer %s', async (_what, plantStale) => {
    const world = await createWorld();
    await plantStale(world);
    const jobId = await submitFresh(world);
    expect((await world.pull({ want: 1 })).json.jobs).toMatchObject([{ lease: { jobId } }]);
  });

  it('goes on behind a second pointer to a job that it leases, which stays hidden', async () => {
    const world = await createWorld();
    const first = await submitFresh(world);
    await world.ports.queues.send(world.pool, { jobId: first, createdAt: NOW });
    const second = await submitFresh(world);
    const { jobs } = (await world.pull({ want: 2 })).json;
    expect(jobs.map(idOf)).toEqual([first, second]);
    expect(hidden(world)).toEqual([HIDDEN, HIDDEN, HIDDEN]);
  });

  it('puts back at once what it received beyond what it wants, also under a claim that names what it leases', async () => {
    const world = await createWorld();
    await plantEnded(world, 1);
    const jobIds: string[] = [];
    for (let fresh = 0; fresh < 12; fresh += 1) jobIds.push(await submitFresh(world));
    const { calls, pull } = createProcess(world);
    const claimed: JobRef[] = [];
    const { claim } = world.ports.oneTimeValues;
    world.ports.oneTimeValues.claim = (value, nowMs, pullClaim) => {
      claimed.push(...(pullClaim?.refs ?? []));
      return claim(value, nowMs, pullClaim);
    };
    expect((await pull({ want: 2 })).json.jobs.map(idOf)).toEqual(jobIds.slice(0, 2));
    expect(claimed.map(({ jobId }) => jobId)).toEqual(jobIds.slice(0, 2));
    expect(calls.indexOf('oneTimeValues.claim')).toBeLessThan(calls.indexOf('jobs.lease'));
    expect(hidden(world).toSorted()).toEqual([...Array.from({ length: 10 }, () => 0), HIDDEN, HIDDEN]);
  });

  it('stops after two seconds, and tells the agent to come back at once', async () => {
    const world = await createWorld();
    await plantEnded(world, 2_000);
    const startedAt = world.time.nowMs;
    const { calls, pull } = createProcess(world, 100);
    const { json } = await pull({ want: 1 });
    expect([json.jobs, json.nextPollSeconds]).toEqual([[], 0]);
    expect(world.time.nowMs - startedAt).toBeLessThan(TUNING.staleSearchMs + SECOND);
    expect(countOf(calls, 'oneTimeValues.claim')).toBe(0);
    expect(hidden(world).length).toBeGreaterThan(0);
  });

  it('is not idle when it received only stale pointers, so the agent comes back at once and then every second', async () => {
    const world = await createWorld();
    const { pace } = (await world.pull({ want: 1 })).json;
    world.passSeconds(HOUR / SECOND);
    expect((await world.pull({ want: 1, pace })).json.nextPollSeconds).toBe(60);
    await plantEnded(world, 1);
    const stale = (await world.pull({ want: 1, pace })).json;
    expect([stale.jobs, stale.nextPollSeconds]).toEqual([[], 0]);
    expect((await world.pull({ want: 1, pace: stale.pace })).json.nextPollSeconds).toBe(1);
  });

  it('hides the pointer of a live lease until the lease ends, so that it is no reason to come back for ever', async () => {
    const world = await createWorld();
    await world.ports.jobs.lease(await plant(world), sampleLease({ leaseUntil: NOW + MINUTE }));
    expect((await world.pull({ want: 1 })).json.nextPollSeconds).toBe(0);
    expect(hidden(world)).toEqual([61]);
    expect((await world.pull({ want: 1 })).json.nextPollSeconds).toBe(1);
  });

  it('leases what it found when the queue fails while it goes on', async () => {
    const world = await createWorld();
    await plantEnded(world, 1);
    const jobId = await submitFresh(world);
    const { receive } = world.ports.queues;
    let receives = 0;
    world.ports.queues.receive = async (pool, options) => {
      receives += 1;
      if (receives === 2) throw new DependencyUnavailable('SQS', { cause: new Error('down') });
      return receive(pool, options);
    };
    expect((await world.pull({ want: 2 })).json.jobs).toMatchObject([{ lease: { jobId } }]);
    expect(world.events).toContainEqual(expect.objectContaining({ event: 'dependency.failed', where: 'job queue' }));
  });
});
