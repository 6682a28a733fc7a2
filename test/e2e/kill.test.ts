// SIGKILL of the laptop cloud at each stage of a job, then a new start: the job still ends, and it ends once.
import { randomUUID } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startConsumer } from '../kill-run/consumer.ts';
import { killRun } from '../kill-run/kill-run.ts';
import { accessTo } from '../kill-run/mortal-cloud.ts';
import { quietPort } from '../kill-run/quiet-port.ts';
import { makeDesk, makePartner, subscribe } from '../kill-run/tenant.ts';
import { deliveriesOf, deliveryOf } from '../support/laptop/deliveries.ts';
import { isAlive, type Laptop, makeWarmDataDir, startLaptop, until } from '../support/laptop/laptop.ts';
import { type PatientServer, startPatientServer } from '../support/laptop/patient-server.ts';
import { processesNaming } from '../support/laptop/processes.ts';
import { readJob, send, signRequest, submission } from '../support/laptop/requests.ts';
import { secretTextsOf } from '../support/laptop/secret-texts.ts';
import { createSteppedClock, PAST_A_LEASE_MS } from '../support/laptop/stepped-clock.ts';

const dataDir = makeWarmDataDir();
const clock = createSteppedClock(dataDir.path);
const port = await quietPort();
/** What the jobs lead to. */
let site: PatientServer;
let laptop: Laptop;

/** As it was started before. */
async function start(): Promise<Laptop> {
  laptop = await startLaptop(dataDir.path, ['--port', String(port)], clock);
  return laptop;
}

beforeAll(start, 90_000);

beforeEach(async () => {
  site = await startPatientServer();
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

describe('killed with SIGKILL', () => {
  test('while the agent is at work: it goes on under the same lease', async () => {
    const jobId = await submit();
    await until('the agent visits the site', () => site.visits.length > 0);
    const before = [laptop.state.keys, secretTextsOf(laptop.state)];
    await laptop.kill();
    site.openUp();
    await start();
    await expectOneEnd(jobId);
    expect([laptop.state.keys, secretTextsOf(laptop.state)]).toEqual(before);
  }, 60_000);

  test('right after 202, before or while the job is leased', async () => {
    site.openUp();
    const jobId = await submit();
    await laptop.kill();
    await start();
    await expectOneEnd(jobId);
  }, 60_000);

  test('in the moment of the lease, before the agent hears of it', async () => {
    site.openUp();
    const jobId = await submit();
    await until('the job is leased', isLogged('job.leased', jobId));
    await laptop.kill();
    await start();
    await expectOneEnd(jobId);
  }, 60_000);

  test('after the result was taken, before or while the webhook goes out', async () => {
    site.openUp();
    const jobId = await submit();
    await until('the result is accepted', isLogged('result.accepted', jobId));
    await laptop.kill();
    await start();
    await expectOneEnd(jobId);
  }, 60_000);
});

test('SIGKILL leaves no child behind: emulator and agent die with their parent', async () => {
  const children = processesNaming(dataDir.path).filter((pid) => pid !== laptop.state.pid);
  expect(children.length).toBeGreaterThanOrEqual(2);
  await laptop.kill();
  await until('every child is gone', () => !children.some(isAlive));
  await start();
}, 60_000);

test('what is kept between starts is its owner’s alone', () => {
  const modes = readdirSync(dataDir.path).map((name) => [name, statSync(join(dataDir.path, name)).mode & 0o077]);
  expect(modes.length).toBeGreaterThanOrEqual(8);
  expect(modes.filter(([, others]) => others !== 0)).toEqual([]);
});

describe('set ahead, past leases', () => {
  test('an agent frozen past its lease reports late: nothing changes, and there is one event', async () => {
    const access = accessTo(laptop);
    const place = { accountId: 'frozenfrozen2222', baseUrl: laptop.state.baseUrl, dataDir: dataDir.path };
    const client = await makePartner(access, place);
    const consumer = await startConsumer();
    await subscribe(access, place, consumer);
    const [frozen, other] = await Promise.all([makeDesk(access, place, 'frozen'), makeDesk(access, place, 'other')]);
    frozen.start();
    const facts = { idempotencyKey: 'frozen-1', source: 'e2e', rowId: '1' };
    const { jobId } = (await client.submit({ ...facts, trackingUrl: site.url })).job;
    await until('the first agent visits the site', () => site.visits.length > 0);
    frozen.freeze();
    other.start();
    await until('the other has the job', async () => {
      const job = await access.jobs.find(jobId);
      const isLive = (job?.leaseUntil ?? 0) > Date.now() + clock.offsetMs;
      // Once, or twice where the first had asked for work in the moment of its freezing.
      if (job?.leasedBy === frozen.agentId && isLive) clock.step(PAST_A_LEASE_MS);
      return job?.leasedBy === other.agentId;
    });
    site.openUp();
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

  test('a small kill run: forty jobs end once each, with one event each, whatever was killed, frozen and repeated', async () => {
    // This seed kills the cloud first and sets the clock ahead last: then nobody waits for the sweep, which comes by the minute.
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
    const report = await killRun({ ...size, counts, laptop, clock, startAgain: start });
    expect(report.findings).toEqual([]);
    expect(report.counts).toMatchObject({ jobs: 40, events: 40 });
  }, 120_000);
});

test('SIGTERM and Ctrl-C at once leave nothing behind: no process, no local.json, and exit code 0', async () => {
  const before = processesNaming(dataDir.path);
  expect(before.length).toBeGreaterThanOrEqual(3);
  process.kill(laptop.state.pid, 'SIGTERM');
  expect(await laptop.interrupt()).toBe(0);
  expect(readdirSync(dataDir.path)).not.toContain('local.json');
  expect(readdirSync(dataDir.path)).not.toContain('lock');
  await until('every process is gone', () => processesNaming(dataDir.path).length === 0);
}, 60_000);
