// The operator's guide of the README as it stands, block by block in one shell, beside a relay of its own; its key is
// rotated under load. Then tools that are killed and run again. At the end a look at everything that is kept.
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OperatorAccess, openOperatorAccess } from '../../../lib/aws/deployment/operator-access.ts';
import { collectStarted } from '../../../lib/local/cloud/base/stoppable.ts';
import type { LaptopDeployment } from '../../../lib/local/laptop-deployment.ts';
import type { LocalState } from '../../../lib/local/state-file.ts';
import { blocks, sectionUnder } from '../../docs/readme.ts';
import { SENDERS } from '../../existing-code/node-senders.mjs';
import { type Laptop, makeDataDir, makeWarmDataDir, ROOT, startLaptop, until } from '../../support/laptop/laptop.ts';
import type { Credential } from '../../support/laptop/partners.ts';
import { send, signRequest, submission } from '../../support/laptop/requests.ts';
import { createSteppedClock } from '../../support/laptop/stepped-clock.ts';
import { startFatalRelay } from './fatal-relay.ts';
import { openShell, type ShellSession } from './shell-session.ts';
import { type SteadyStream, startStream } from './steady-stream.ts';
import { type Kept, readWhatIsKept } from './what-is-kept.ts';

const [onboard, submit, migrate, rotate, rotateRing, revoke, suspend, offboard, ...others] = blocks(
  'sh',
  sectionUnder("Operator's guide"),
);

const dataDir = makeWarmDataDir();
/** Where the newcomer sits: a folder whose `npm start` runs. */
const desk = makeDataDir();
const started = collectStarted();
const clock = createSteppedClock(dataDir.path);
let running: Laptop | undefined;
let laptop: LaptopDeployment;
let access: OperatorAccess;
let state: LocalState;
let before: Kept;
let shell: ShellSession;
let acme: string;

beforeAll(async () => {
  running = await startLaptop(dataDir.path, [], clock);
  state = running.state;
  if (!state.operator) throw new Error('local.json does not say how an operator reaches the laptop.');
  laptop = state.operator;
  access = openOperatorAccess(laptop.deployment, laptop.services);
  before = await readWhatIsKept(laptop);
  symlinkSync(dataDir.path, join(desk.path, '.signet'));
  shell = started.add(await openShell(desk.path, toolEnvironment(placeTools())));
}, 90_000);

afterAll(async () => {
  await started.stop();
  await running?.interrupt();
  desk.remove();
  dataDir.remove();
});

/** `npx` without npm, which takes longer than what it starts; that the real one finds the commands is seen elsewhere. */
function placeTools(): string {
  const run = (file: string) => `exec ${process.execPath} ${join(ROOT, file)} "$@"`;
  const choice = [
    `case "$*" in "signet account delete "*) shift; ${run('test/e2e/operator-guide/hurried-signet.ts')};; esac`,
    `case "$1" in signet) shift; ${run('bin/signet.ts')};; signet-agent) shift; ${run('agent/main.ts')};; esac`,
  ];
  writeFileSync(join(desk.path, 'npx'), ['#!/bin/sh', ...choice, 'exit 127', ''].join('\n'));
  chmodSync(join(desk.path, 'npx'), 0o700);
  return desk.path;
}

/** The same few programs start again and again: Node keeps what it has compiled of them. */
function toolEnvironment(tools: string): Readonly<Record<string, string>> {
  const own = { HOME: desk.path, NODE_COMPILE_CACHE: join(desk.path, 'compiled') };
  return { ...own, PATH: `${tools}:${process.env['PATH']}` };
}

/** For the functions; what they keep of rows is too old then. */
async function passMinute(): Promise<void> {
  clock.step(60_000);
  await until('the laptop follows', async () => {
    const { json } = await send({ method: 'GET', url: `${state.baseUrl}/healthz`, headers: {}, body: '' });
    return Date.parse(json.serverTime) > Date.now() + clock.offsetMs - 30_000;
  });
}

/** Runs a block that waits for the row cache, and lets the minute pass as soon as the row says so. */
async function runForAMinute(block: string | undefined, isSo: () => Promise<unknown>): Promise<string> {
  const printed = shell.run(block ?? '');
  await Promise.race([until('the row is changed', isSo), printed]);
  await passMinute();
  return printed;
}

const secretIn = (name: string) => readFileSync(join(dataDir.path, name), 'utf8').trim();
const statusesIn = (printed: string) =>
  [...printed.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));

test('there is a block for each thing that an operator does', () => {
  expect(others).toEqual([]);
  expect(offboard).toContain('signet account delete');
});

test('a partner is onboarded, and submits with curl and openssl', async () => {
  await shell.run(onboard ?? '');
  acme = (await shell.run('echo "$acme"')).trim();
  expect(acme).toMatch(/^[a-z2-7]{16}$/);
  const printed = await shell.run(submit ?? '');
  expect(statusesIn(printed)).toEqual([202]);
  expect(printed).toMatch(new RegExp(`${acme} +Acme Ltd +active +1 +1 +1/10000`));
}, 60_000);

test('a VouchersX partner is taken over with slug and secret, and its existing code goes on', async () => {
  const printed = await shell.run(migrate ?? '');
  expect(printed).toMatch(/imported[\s\S]*\b202\b/);
  const body = submission('from-existing-code', state.demoSite);
  const by = { keyId: 'acme-shop', secret: secretIn('acme-shop.key') };
  const headers = SENDERS.vouchersx({ ...by, body, nowMs: Date.now() });
  const answer = await send({ method: 'POST', url: `${state.baseUrl}/api/links/fetch`, headers, body });
  expect([answer.status, answer.json.state]).toEqual([202, 'queued']);
}, 60_000);

/** The same job now and then, and in between a look at the quota. */
function askAs(by: Credential, index: number) {
  if (index % 5 > 0) return send(signRequest(state, '', { ...by, method: 'GET', path: '/api/quota' }));
  return send(signRequest(state, submission('under-load', state.demoSite), by));
}

const keyed = (keyId: string, file: string): Credential => ({ keyId, secret: secretIn(file) });

/** What the rotation printed. Each new secret is used as soon as it is there, beside those before it. */
async function rotateUnder(stream: SteadyStream<unknown>, credentials: Credential[]): Promise<string> {
  await stream.more(50);
  const shown = await shell.run(rotate ?? '');
  credentials.push(keyed('acme-1', 'acme-1-new.key'));
  await stream.more(50);
  await shell.run(rotateRing ?? '');
  credentials.push(keyed('acme-2', 'acme-2.key'));
  await stream.more(100);
  return shown;
}

test('key and ring are rotated under 50 requests a second, and no good request is refused', async () => {
  const credentials = [keyed('acme-1', 'acme-1.key')];
  const stream = startStream(50, (index) => askAs(credentials[index % credentials.length] as Credential, index));
  const shown = await rotateUnder(stream, credentials).finally(stream.stop);
  const answers = await stream.stop();
  expect(answers.flatMap(({ json }) => json.code ?? [])).toEqual([]);
  expect(new Set(answers.flatMap(({ json }) => json.jobId ?? [])).size).toBe(1);
  expect(answers.length).toBeGreaterThanOrEqual(200);

  expect(statusesIn(shown)).toEqual([202, 202]);
  // Each version with the day it was made and the minute it was used last.
  expect(shown).toMatch(/^ *\d+ +master 1 +\S+ +yes +\S+ \S+Z$\n^ *\d+ +master 1 +\S+ +until \S+ \S+Z +\S+ \S+Z$/m);
  expect(await access.keys.find('acme-2')).toMatchObject({ versions: [{ master: 2 }] });
}, 60_000);

test('a leaked key is refused within a minute, and the one in its place is not', async () => {
  const isRevoked = async () => {
    const key = await access.keys.find('acme-1');
    return key && 'revokedAt' in key && key.revokedAt;
  };
  const printed = await runForAMinute(revoke, isRevoked);
  expect(printed).toMatch(/"code":"signature_invalid"[\s\S]*HTTP\/1\.1 202/);
  for (const file of ['acme-1.key', 'acme-1-new.key']) {
    const by = { keyId: 'acme-1', secret: secretIn(file) };
    expect(await send(signRequest(state, '{}', by))).toMatchObject({ status: 401 });
  }
}, 60_000);

test('a suspended account is refused within a minute, until it is resumed', async () => {
  const isSuspended = async () => (await access.accounts.find(acme))?.state === 'suspended';
  expect(await runForAMinute(suspend, isSuspended)).toContain('"code":"account_suspended"');
  await passMinute();
  const by = { keyId: 'acme-2', secret: secretIn('acme-2.key') };
  const body = submission('resumed', state.demoSite);
  expect(await send(signRequest(state, body, by))).toMatchObject({ status: 202 });
}, 60_000);

test('what was killed in the middle of making or deleting an account goes on when it is run again', async () => {
  const fatal = started.add(await startFatalRelay({ state, laptop, env: toolEnvironment(desk.path) }));
  const accountId = 'shortlivedaccoun';
  const create = ['account', 'create', '--id', accountId, '--name', 'Short-lived', '--pool', 'one', '--pool', 'two'];
  expect(await fatal.signet(create, { operation: 'CreateQueue', nth: 1 })).toBe(137);
  expect(await access.accounts.find(accountId)).toBeUndefined();
  expect(await fatal.signet(create)).toBe(0);
  expect(await access.accounts.find(accountId)).toMatchObject({ state: 'active', pools: ['one', 'two'] });

  const remove = ['account', 'delete', accountId, '--yes'];
  expect(await fatal.signet(remove, { operation: 'DeleteQueue', nth: 1 })).toBe(137);
  expect(await access.accounts.find(accountId)).toMatchObject({ state: 'deleting' });
  expect(await fatal.signet(remove, { operation: 'DeleteItem', nth: 1 })).toBe(137);
  expect(await fatal.signet(remove)).toBe(0);
  expect(await access.accounts.find(accountId)).toBeUndefined();
}, 60_000);

test('an account is offboarded without a trace in table, queues and secrets', async () => {
  const held = await readWhatIsKept(laptop);
  expect(held.rows.filter((row) => row.includes(acme)).length).toBeGreaterThan(10);
  expect(held.queues.filter((queue) => queue.includes(acme))).toHaveLength(1);
  expect(held.secrets.length).toBe(before.secrets.length + 1);
  expect(await shell.run(offboard ?? '')).toMatch(/ is deleted\. [\s\S]*\bDemo\b/);
  await passMinute();
  const { rows, queues, secrets } = await readWhatIsKept(laptop);
  expect([queues, secrets]).toEqual([before.queues, before.secrets]);
  // Its agent polls all the time.
  const isDemos = (row: string) => row.includes(state.accountId) || row.includes(state.agent.id);
  expect(rows.filter((row) => !before.rows.includes(row) && !isDemos(row))).toEqual([]);
  expect(rows.length).toBeGreaterThan(5);
}, 60_000);
