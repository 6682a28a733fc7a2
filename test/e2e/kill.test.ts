// The laptop cloud is killed with SIGKILL at each stage of a job and started again: the job still ends, and ends once.
import { randomUUID } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startConsumer } from '../kill-run/consumer.ts';
import { findFreePort } from '../kill-run/find-free-port.ts';
import { killRun } from '../kill-run/kill-run.ts';
import { accessTo } from '../kill-run/killable-cloud.ts';
import { makeDesktop, makePartner, subscribe } from '../kill-run/tenant.ts';
import { deliveriesOf, deliveryOf } from '../support/laptop/deliveries.ts';
import { isAlive, type Laptop, makeWarmDataDir, startLaptop, until } from '../support/laptop/laptop.ts';
import { type PausedServer, startPausedServer } from '../support/laptop/paused-server.ts';
import { processesNaming } from '../support/laptop/processes.ts';
import { readJob, send, signRequest, submission } from '../support/laptop/requests.ts';
import { secretTextsOf } from '../support/laptop/secret-texts.ts';
import { createSteppedClock, PAST_A_LEASE_MS } from '../support/laptop/stepped-clock.ts';

const dataDir = makeWarmDataDir();
const clock = createSteppedClock(dataDir.path);
const port = await findFreePort();
/** The site that the jobs' links lead to. */
let site: PausedServer;
let laptop: Laptop;

/** Starts the laptop cloud, each time with the same options. */
async function start(): Promise<Laptop> {
  laptop = await startLaptop(dataDir.path, ['--port', String(port)], clock);
  return laptop;
}

beforeAll(start, 90_000);

beforeEach(async () => {
  site = await startPausedServer();
});

afterEach(() => site.stop());

afterAll(async () => {
  await laptop?.interrupt();
  dataDir.remove();
});

async function submit(): Promise<string> {
  const answer = await send(signRequest(laptop.state, submission(`kill-${randomUUID()}`, site.url)));
  expect(answer.status).toBe(202);
  return answer.json.jobId;
}

const isLogged = (message: string, jobId: string) => () =>
  laptop.events().some((event) => event['message'] === message && event['jobId'] === jobId);

async function expectOneEnd(jobId: string) {
  const { id, event } = await deliveryOf(laptop.state, jobId);
  expect(event.data.job).toMatchObject({ state: 'completed', attempts: 1, result: { conclusion: 'valid' } });
  const job = await readJob(laptop.state, jobId);
  expect(job.json).toMatchObject({ state: 'completed', attempts: 1 });
  expect((await deliveriesOf(laptop.state, jobId)).map((delivery) => delivery.id)).toEqual([id]);
}

describe('a job completes with one attempt and one event when the cloud is killed', () => {
  test('while the agent works, which continues under the same lease', async () => {
    const jobId = await submit();
    await until('the agent visits the site', () => site.visits.length > 0);
    const before = [laptop.state.keys, secretTextsOf(laptop.state)];
    await laptop.kill();
    site.resume();
    await start();
    await expectOneEnd(jobId);
    expect([laptop.state.keys, secretTextsOf(laptop.state)]).toEqual(before);
  }, 60_000);

  test('right after the 202, before or while the job is leased', async () => {
    site.resume();
    const jobId = await submit();
    await laptop.kill();
    await start();
    await expectOneEnd(jobId);
  }, 60_000);

  test('just after the lease, before the agent receives it', async () => {
    site.resume();
    const jobId = await submit();
    await until('the job is leased', isLogged('job.leased', jobId));
    await laptop.kill();
    await start();
    await expectOneEnd(jobId);
  }, 60_000);

  test('after the result was accepted, before or while the webhook is sent', async () => {
    site.resume();
    const jobId = await submit();
    await until('the result is accepted', isLogged('result.accepted', jobId));
    await laptop.kill();
    await start();
    await expectOneEnd(jobId);
  }, 60_000);
});

test('ends the emulator and the agent when their parent is killed with SIGKILL', async () => {
  const children = processesNaming(dataDir.path).filter((pid) => pid !== laptop.state.pid);
  expect(children.length).toBeGreaterThanOrEqual(2);
  await laptop.kill();
  await until('every child has ended', () => !children.some(isAlive));
  await start();
}, 60_000);

test('keeps its files readable for their owner only', () => {
  const modes = readdirSync(dataDir.path).map((name) => [name, statSync(join(dataDir.path, name)).mode & 0o077]);
  expect(modes.length).toBeGreaterThanOrEqual(8);
  expect(modes.filter(([, others]) => others !== 0)).toEqual([]);
});

describe('with a clock that is advanced past leases', () => {
  test('refuses the late report of an agent that was frozen past its lease, and keeps one event', async () => {
    const access = accessTo(laptop);
    const place = { accountId: 'frozenfrozen2222', baseUrl: laptop.state.baseUrl, dataDir: dataDir.path };
    const client = await makePartner(access, place);
    const consumer = await startConsumer();
    await subscribe(access, place, consumer);
    const [frozen, other] = await Promise.all([
      makeDesktop(access, place, 'frozen'),
      makeDesktop(access, place, 'other'),
    ]);
    frozen.start();
    const facts = { idempotencyKey: 'frozen-1', source: 'e2e', rowId: '1' };
    const { jobId } = (await client.submit({ ...facts, trackingUrl: site.url })).job;
    await until('the first agent visits the site', () => site.visits.length > 0);
    frozen.freeze();
    other.start();
    await until('the other agent has the job', async () => {
      const job = await access.jobs.find(jobId);
      const isLive = (job?.leaseUntil ?? 0) > Date.now() + clock.offsetMs;
      // A second step is needed if the first agent polled just before it was frozen.
      if (job?.leasedBy === frozen.agentId && isLive) clock.step(PAST_A_LEASE_MS);
      return job?.leasedBy === other.agentId;
    });
    site.resume();
    await until('the event', () => consumer.jobCount() === 1);
    const ended = await access.jobs.find(jobId);
    expect(ended).toMatchObject({ state: 'completed', result: { agentId: other.agentId } });
    frozen.thaw();
    const refusal = () => frozen.events().find(({ event }) => event === 'result.refused');
    expect(await until('the late report', refusal)).toMatchObject({ jobId, code: 'lease_lost' });
    expect(await Promise.all([frozen.stop(), other.stop()])).toEqual([0, 0]);
    expect(await access.jobs.find(jobId)).toEqual(ended);
    expect(consumer.deliveries.map(({ event }) => event.data.job.jobId)).toEqual([jobId]);
    consumer.stop();
  }, 60_000);

  test('ends each of forty jobs once with one event in a small kill run', async () => {
    // This seed kills the cloud first and advances the clock last, so that no job waits for the next minute's sweep.
    const counts = {
      kill_agent: 2,
      kill_cloud: 1,
      kill_all: 0,
      freeze_agent: 1,
      duplicate: 3,
      step_clock: 1,
      plant_stale: 2,
    };
    const size = { seed: 700, jobs: 40, agents: 2, stale: 200 };
    const report = await killRun({ ...size, counts, laptop, clock, restart: start });
    expect(report.findings).toEqual([]);
    expect(report.counts).toMatchObject({ jobs: 40, events: 40 });
  }, 120_000);
});

test('exits with code 0 on SIGTERM and Ctrl-C at once, and leaves no process and no local.json', async () => {
  const before = processesNaming(dataDir.path);
  expect(before.length).toBeGreaterThanOrEqual(3);
  process.kill(laptop.state.pid, 'SIGTERM');
  expect(await laptop.interrupt()).toBe(0);
  expect(readdirSync(dataDir.path)).not.toContain('local.json');
  expect(readdirSync(dataDir.path)).not.toContain('lock');
  await until('every process has ended', () => processesNaming(dataDir.path).length === 0);
}, 60_000);
