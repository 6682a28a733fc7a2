// Runs the operator's guide block by block in one shell, against a running relay. A key is rotated under load, commands are
// killed and repeated, and at the end nothing of the account remains.
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

/** A long time-out, because a block starts several programs, which is slow on a busy machine. */
const SLOW_MS = 180_000;

const dataDir = makeWarmDataDir();
/** The folder in which the reader runs the guide, as if it were the checkout whose `npm start` runs. */
const folder = makeDataDir();
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
  symlinkSync(dataDir.path, join(folder.path, '.signet'));
  placeCommands();
  shell = started.add(await openShell(folder.path, toolEnvironment()));
}, 90_000);

afterAll(async () => {
  await started.stop();
  await running?.interrupt();
  folder.remove();
  dataDir.remove();
});

/** Links the checkout's commands into the folder's `bin`. The deletion of an account runs without its wait for caches. */
function placeCommands(): void {
  const bin = join(folder.path, 'bin');
  mkdirSync(bin);
  symlinkSync(join(ROOT, 'bin/signet-agent.mjs'), join(bin, 'signet-agent.mjs'));
  const [real, withoutWait] = ['bin/signet.mjs', 'test/e2e/operator-guide/signet-without-wait.ts'].map((file) =>
    join(ROOT, file),
  );
  const isDeletion = "process.argv.slice(2, 4).join(' ') === 'account delete'";
  writeFileSync(join(bin, 'signet.mjs'), `await import(${isDeletion} ? '${withoutWait}' : '${real}');\n`);
}

/** Returns the environment of the commands. Node caches their compiled code, because the same few programs start often. */
function toolEnvironment(): Readonly<Record<string, string>> {
  return { HOME: folder.path, NODE_COMPILE_CACHE: join(folder.path, 'compiled'), PATH: process.env['PATH'] ?? '' };
}

/** Advances the functions' clock by a minute, so that their cached rows expire. */
async function passMinute(): Promise<void> {
  clock.step(60_000);
  await until('the laptop follows', async () => {
    const { json } = await send({ method: 'GET', url: `${state.baseUrl}/healthz`, headers: {}, body: '' });
    return Date.parse(json.serverTime) > Date.now() + clock.offsetMs - 30_000;
  });
}

/** Runs a block that waits for caches, and passes the minute as soon as the row has changed. */
async function runForAMinute(block: string | undefined, hasChanged: () => Promise<unknown>): Promise<string> {
  const printed = shell.run(block ?? '');
  await Promise.race([until('the row has changed', hasChanged), printed]);
  await passMinute();
  return printed;
}

const secretIn = (name: string) => readFileSync(join(dataDir.path, name), 'utf8').trim();
const statusesIn = (printed: string) =>
  [...printed.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));

test('begins with the commands and ends with the deletion of an account', async () => {
  expect(others).toEqual([]);
  expect(offboard).toContain('signet account delete');
  await shell.run(tools ?? '');
});

test(
  'onboards a partner, who submits a job with curl and openssl',
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
  'shows one account, and changes its quota',
  async () => {
    expect(await shell.run(look ?? '')).toMatch(/Acme Ltd[\s\S]*\bjob_[\s\S]*\bagt_[\s\S]*\b50000\b/);
  },
  SLOW_MS,
);

test(
  'imports a VouchersX partner with slug and secret, and accepts requests of its existing code',
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
  'rotates key and ring under 50 requests a second without refusing a valid request',
  async () => {
    const credentials = [keyed('acme-1', 'acme-1.key')];
    const stream = startStream(50, (index) => askAs(credentials[index % credentials.length] as Credential, index));
    const shown = await rotateUnder(stream, credentials).finally(stream.stop);
    const answers = await stream.stop();
    expect(answers.flatMap(({ json }) => json.code ?? [])).toEqual([]);
    expect(new Set(answers.flatMap(({ json }) => json.jobId ?? [])).size).toBe(1);
    expect(answers.length).toBeGreaterThanOrEqual(200);

    expect(statusesIn(shown)).toEqual([202, 202]);
    // Each version is shown with the day of its creation and the minute of its last use.
    expect(shown).toMatch(/^ *\d+ +master 1 +\S+ +yes +\S+ \S+Z$\n^ *\d+ +master 1 +\S+ +until \S+ \S+Z +\S+ \S+Z$/m);
    expect(await access.keys.find('acme-2')).toMatchObject({ versions: [{ master: 2 }] });
  },
  SLOW_MS,
);

test(
  'refuses a leaked key within a minute of its revocation, and accepts its replacement',
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
  'refuses a suspended account within a minute, and accepts it after it is resumed',
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
  'completes the creation and the deletion of an account by a repeat after the command was killed',
  async () => {
    const proxies = started.add(await startKillingProxies({ state, laptop, env: toolEnvironment() }));
    const accountId = 'shortlivedaccoun';
    const create = ['account', 'create', '--id', accountId, '--name', 'Short-lived', '--pool', 'one', '--pool', 'two'];
    expect(await proxies.signet(create, { operation: 'CreateQueue', nth: 1 })).toBe(137);
    expect(await access.accounts.find(accountId)).toBeUndefined();
    expect(await proxies.signet(create)).toBe(0);
    expect(await access.accounts.find(accountId)).toMatchObject({ state: 'active', pools: ['one', 'two'] });

    const remove = ['account', 'delete', accountId, '--yes'];
    expect(await proxies.signet(remove, { operation: 'DeleteQueue', nth: 1 })).toBe(137);
    expect(await access.accounts.find(accountId)).toMatchObject({ state: 'deleting' });
    expect(await proxies.signet(remove, { operation: 'DeleteItem', nth: 1 })).toBe(137);
    expect(await proxies.signet(remove)).toBe(0);
    expect(await access.accounts.find(accountId)).toBeUndefined();
  },
  SLOW_MS,
);

test(
  'offboards an account, and leaves nothing of it in table, queues and secrets',
  async () => {
    const stored = await readStoredData(laptop);
    expect(stored.rows.filter((row) => row.includes(acme)).length).toBeGreaterThan(10);
    expect(stored.queues.filter((queue) => queue.includes(acme))).toHaveLength(1);
    expect(stored.secrets.length).toBe(before.secrets.length + 1);
    expect(await shell.run(offboard ?? '')).toMatch(/ is deleted\. [\s\S]*\bDemo\b/);
    await passMinute();
    const { rows, queues, secrets } = await readStoredData(laptop);
    expect([queues, secrets]).toEqual([before.queues, before.secrets]);
    // Rows of the demo change, because its agent polls.
    const isDemos = (row: string) => row.includes(state.accountId) || row.includes(state.agent.id);
    expect(rows.filter((row) => !before.rows.includes(row) && !isDemos(row))).toEqual([]);
    expect(rows.length).toBeGreaterThan(5);
  },
  SLOW_MS,
);
