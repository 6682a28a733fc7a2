// The operator's guide as it stands, block by block in one shell, beside a relay of its own; its key is rotated under load.
// Then tools that are killed and run again. At the end a look at everything that is kept.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OperatorAccess, openOperatorAccess } from '../../../lib/aws/deployment/operator-access.ts';
import { collectStarted } from '../../../lib/local/cloud/base/stoppable.ts';
import type { LaptopDeployment } from '../../../lib/local/laptop-deployment.ts';
import type { LocalState } from '../../../lib/local/state-file.ts';
import { blocks, OPERATE } from '../../docs/documents.ts';
import { SENDERS } from '../../existing-code/node-senders.mjs';
import { type Laptop, makeDataDir, makeWarmDataDir, ROOT, startLaptop, until } from '../../support/laptop/laptop.ts';
import type { Credential } from '../../support/laptop/partners.ts';
import { send, signRequest, submission } from '../../support/laptop/requests.ts';
import { createSteppedClock } from '../../support/laptop/stepped-clock.ts';
import { startKillingProxies } from './killing-proxies.ts';
import { openShell, type ShellSession } from './shell-session.ts';
import { type SteadyStream, startStream } from './steady-stream.ts';
import { readStoredData, type StoredData } from './stored-data.ts';

const [tools, onboard, submit, look, migrate, rotate, rotateRing, revoke, suspend, offboard, ...others] = blocks(
  OPERATE,
  'sh',
);

/** A block starts several programs, and a busy machine takes its time. */
const SLOW_MS = 180_000;

const dataDir = makeWarmDataDir();
/** The folder in which the reader runs the guide, as if it were the checkout whose `npm start` runs. */
const desk = makeDataDir();
const started = collectStarted();
const clock = createSteppedClock(dataDir.path);
let running: Laptop | undefined;
let laptop: LaptopDeployment;
let access: OperatorAccess;
let state: LocalState;
let before: StoredData;
let shell: ShellSession;
let acme: string;

beforeAll(async () => {
  running = await startLaptop(dataDir.path, [], clock);
  state = running.state;
  if (!state.operator) throw new Error('local.json does not say how an operator reaches the laptop.');
  laptop = state.operator;
  access = openOperatorAccess(laptop.deployment, laptop.services);
  before = await readStoredData(laptop);
  symlinkSync(dataDir.path, join(desk.path, '.signet'));
  placeCommands();
  shell = started.add(await openShell(desk.path, toolEnvironment()));
}, 90_000);

afterAll(async () => {
  await started.stop();
  await running?.interrupt();
  desk.remove();
  dataDir.remove();
});

/** Makes the desk's `bin` the checkout's, except that deleting an account waits for the laptop's clock, which the tests move. */
function placeCommands(): void {
  const bin = join(desk.path, 'bin');
  mkdirSync(bin);
  symlinkSync(join(ROOT, 'bin/signet-agent.mjs'), join(bin, 'signet-agent.mjs'));
  const [real, hurried] = ['bin/signet.mjs', 'test/e2e/operator-guide/signet-without-wait.ts'].map((file) =>
    join(ROOT, file),
  );
  const isDeletion = "process.argv.slice(2, 4).join(' ') === 'account delete'";
  writeFileSync(join(bin, 'signet.mjs'), `await import(${isDeletion} ? '${hurried}' : '${real}');\n`);
}

/** The same few programs start again and again: Node keeps what it has compiled of them. */
function toolEnvironment(): Readonly<Record<string, string>> {
  return { HOME: desk.path, NODE_COMPILE_CACHE: join(desk.path, 'compiled'), PATH: process.env['PATH'] ?? '' };
}

/** Lets a minute pass for the functions, so that the rows in their memory are too old. */
async function passMinute(): Promise<void> {
  clock.step(60_000);
  await until('the laptop follows', async () => {
    const { json } = await send({ method: 'GET', url: `${state.baseUrl}/healthz`, headers: {}, body: '' });
    return Date.parse(json.serverTime) > Date.now() + clock.offsetMs - 30_000;
  });
}

/** Runs a block that waits for the row cache, and lets the minute pass as soon as the row is changed. */
async function runForAMinute(block: string | undefined, isSo: () => Promise<unknown>): Promise<string> {
  const printed = shell.run(block ?? '');
  await Promise.race([until('the row is changed', isSo), printed]);
  await passMinute();
  return printed;
}

const secretIn = (name: string) => readFileSync(join(dataDir.path, name), 'utf8').trim();
const statusesIn = (printed: string) =>
  [...printed.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));

test('the guide begins with the commands and ends with deleting an account', async () => {
  expect(others).toEqual([]);
  expect(offboard).toContain('signet account delete');
  await shell.run(tools ?? '');
});

test(
  'a partner is onboarded, and submits with curl and openssl',
  async () => {
    await shell.run(onboard ?? '');
    acme = (await shell.run('echo "$acme"')).trim();
    expect(acme).toMatch(/^[a-z2-7]{16}$/);
    const printed = await shell.run(submit ?? '');
    expect(statusesIn(printed)).toEqual([202]);
    expect(printed).toMatch(new RegExp(`${acme} +Acme Ltd +active +1 +1 +1/10000`));
  },
  SLOW_MS,
);

test(
  'an operator looks at one account, and changes its quota',
  async () => {
    expect(await shell.run(look ?? '')).toMatch(/Acme Ltd[\s\S]*\bjob_[\s\S]*\bagt_[\s\S]*\b50000\b/);
  },
  SLOW_MS,
);

test(
  'a VouchersX partner is taken over with slug and secret, and its existing code goes on',
  async () => {
    const printed = await shell.run(migrate ?? '');
    expect(printed).toMatch(/imported[\s\S]*\b202\b/);
    const body = submission('from-existing-code', state.demoSite);
    const by = { keyId: 'acme-shop', secret: secretIn('acme-shop.key') };
    const headers = SENDERS.vouchersx({ ...by, body, nowMs: Date.now() });
    const answer = await send({ method: 'POST', url: `${state.baseUrl}/api/links/fetch`, headers, body });
    expect([answer.status, answer.json.state]).toEqual([202, 'queued']);
  },
  SLOW_MS,
);

/** Submits the same job at every fifth call, and reads the quota at the others. */
function askAs(by: Credential, index: number) {
  if (index % 5 > 0) return send(signRequest(state, '', { ...by, method: 'GET', path: '/api/quota' }));
  return send(signRequest(state, submission('under-load', state.demoSite), by));
}

const keyed = (keyId: string, file: string): Credential => ({ keyId, secret: secretIn(file) });

/** Rotates key and ring, and returns what the rotation of the key printed. Each new secret is used as soon as it exists. */
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

test(
  'key and ring are rotated under 50 requests a second, and no good request is refused',
  async () => {
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
  },
  SLOW_MS,
);

test(
  'a leaked key is refused within a minute, and the one in its place is not',
  async () => {
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
  },
  SLOW_MS,
);

test(
  'a suspended account is refused within a minute, until it is resumed',
  async () => {
    const isSuspended = async () => (await access.accounts.find(acme))?.state === 'suspended';
    expect(await runForAMinute(suspend, isSuspended)).toContain('"code":"account_suspended"');
    await passMinute();
    const by = { keyId: 'acme-2', secret: secretIn('acme-2.key') };
    const body = submission('resumed', state.demoSite);
    expect(await send(signRequest(state, body, by))).toMatchObject({ status: 202 });
  },
  SLOW_MS,
);

test(
  'what was killed in the middle of making or deleting an account goes on when it is run again',
  async () => {
    const fatal = started.add(await startKillingProxies({ state, laptop, env: toolEnvironment() }));
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
  },
  SLOW_MS,
);

test(
  'an account is offboarded without a trace in table, queues and secrets',
  async () => {
    const held = await readStoredData(laptop);
    expect(held.rows.filter((row) => row.includes(acme)).length).toBeGreaterThan(10);
    expect(held.queues.filter((queue) => queue.includes(acme))).toHaveLength(1);
    expect(held.secrets.length).toBe(before.secrets.length + 1);
    expect(await shell.run(offboard ?? '')).toMatch(/ is deleted\. [\s\S]*\bDemo\b/);
    await passMinute();
    const { rows, queues, secrets } = await readStoredData(laptop);
    expect([queues, secrets]).toEqual([before.queues, before.secrets]);
    // The demo's agent polls all the time.
    const isDemos = (row: string) => row.includes(state.accountId) || row.includes(state.agent.id);
    expect(rows.filter((row) => !before.rows.includes(row) && !isDemos(row))).toEqual([]);
    expect(rows.length).toBeGreaterThan(5);
  },
  SLOW_MS,
);
