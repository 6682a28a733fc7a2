// SIGKILL of the laptop cloud at each stage of a job, then a new start: the job still ends, and it ends once.
import { randomUUID } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deliveriesOf, deliveryOf } from './deliveries.ts';
import { isAlive, type Laptop, makeWarmDataDir, startLaptop, until } from './laptop.ts';
import { type PatientServer, startPatientServer } from './patient-server.ts';
import { processesNaming } from './processes.ts';
import { readJob, send, signRequest, submission } from './requests.ts';
import { secretTextsOf } from './secret-texts.ts';

const dataDir = makeWarmDataDir();
/** What the jobs lead to. */
let site: PatientServer;
let laptop: Laptop;

beforeAll(async () => {
  laptop = await startLaptop(dataDir.path);
}, 90_000);

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
    laptop = await startLaptop(dataDir.path);
    await expectOneEnd(jobId);
    expect([laptop.state.keys, secretTextsOf(laptop.state)]).toEqual(before);
  }, 60_000);

  test('right after 202, before or while the job is leased', async () => {
    site.openUp();
    const jobId = await submit();
    await laptop.kill();
    laptop = await startLaptop(dataDir.path);
    await expectOneEnd(jobId);
  }, 60_000);

  test('in the moment of the lease, before the agent hears of it', async () => {
    site.openUp();
    const jobId = await submit();
    await until('the job is leased', isLogged('job.leased', jobId));
    await laptop.kill();
    laptop = await startLaptop(dataDir.path);
    await expectOneEnd(jobId);
  }, 60_000);

  test('after the result was taken, before or while the webhook goes out', async () => {
    site.openUp();
    const jobId = await submit();
    await until('the result is accepted', isLogged('result.accepted', jobId));
    await laptop.kill();
    laptop = await startLaptop(dataDir.path);
    await expectOneEnd(jobId);
  }, 60_000);
});

test('SIGKILL leaves no child behind: emulator and agent die with their parent', async () => {
  const children = processesNaming(dataDir.path).filter((pid) => pid !== laptop.state.pid);
  expect(children.length).toBeGreaterThanOrEqual(2);
  await laptop.kill();
  await until('every child is gone', () => !children.some(isAlive));
  laptop = await startLaptop(dataDir.path);
}, 60_000);

test('what is kept between starts is its owner’s alone', () => {
  const modes = readdirSync(dataDir.path).map((name) => [name, statSync(join(dataDir.path, name)).mode & 0o077]);
  expect(modes.length).toBeGreaterThanOrEqual(8);
  expect(modes.filter(([, others]) => others !== 0)).toEqual([]);
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
