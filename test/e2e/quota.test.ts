// The quota of a running relay: concurrent submissions never exceed it, and partners and operators can read it.
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyDelivery } from '../../lib/client/deliveries.ts';
import { RelayClient } from '../../lib/client/relay-client.ts';
import { deliveryOf, type Received, receivedBy } from '../support/laptop/deliveries.ts';
import { type Laptop, makeDataDir, makeWarmDataDir, ROOT, startLaptop, until } from '../support/laptop/laptop.ts';
import { send, signRequest, submission } from '../support/laptop/requests.ts';

const QUOTA = 51;

const dataDir = makeWarmDataDir();
const folder = makeDataDir();
let laptop: Laptop;
/** The id of one admitted job. */
let lastJobId: string;

beforeAll(async () => {
  laptop = await startLaptop(dataDir.path, ['--jobs-per-month', String(QUOTA)]);
}, 90_000);

afterAll(async () => {
  await laptop?.interrupt();
  dataDir.remove();
  folder.remove();
});

const readMonth = async () =>
  (await send(signRequest(laptop.state, '', { method: 'GET', path: '/api/quota' }))).json.month;

test('admits exactly 50 of 200 concurrent jobs when 50 units are left, and refuses 150', async () => {
  expect(await readMonth()).toMatchObject({ limit: 51, used: 1, remaining: 50 });
  const bodies = Array.from({ length: 200 }, () => submission(`quota-${randomUUID()}`, laptop.state.demoSite));
  const answers = await Promise.all(bodies.map((body) => send(signRequest(laptop.state, body))));
  const refusals = answers.filter(({ status }) => status === 429);
  expect([answers.filter(({ status }) => status === 202).length, refusals.length]).toEqual([50, 150]);
  for (const { json, headers } of refusals) {
    expect(json).toMatchObject({ code: 'quota_exceeded', retryable: true });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(headers.get('ratelimit')).toMatch(/"month";r=0;t=\d+$/);
    expect(headers.get('ratelimit-policy')).toMatch(/"month";q=51;w=\d+$/);
  }
  expect(await readMonth()).toMatchObject({ used: 51, remaining: 0 });
  lastJobId = answers.findLast(({ status }) => status === 202)?.json.jobId;
});

test('sends exactly one webhook when 80 % of the month’s quota is used', async () => {
  // The stream is in order, so earlier records are published before this job's end.
  await send(signRequest(laptop.state, JSON.stringify({ jobId: lastJobId }), { path: '/api/links/cancel' }));
  await deliveryOf(laptop.state, lastJobId);
  const isWarning = (headers: Received['headers']) => headers['x-webhook-event'] === 'quota.warning';
  const [warning, ...others] = await until('the warning', async () => {
    const found = (await receivedBy(laptop.state)).filter(({ headers }) => isWarning(headers));
    return found.length > 0 ? found : undefined;
  });
  expect(others).toEqual([]);
  const { secret } = laptop.state.webhook;
  const event = verifyDelivery({ profile: 'standard-webhooks', secret, headers: {}, body: '', ...warning });
  if (event.type !== 'quota.warning') throw new Error(`The event has the type ${event.type}.`);
  const { used, remaining, ...facts } = event.data.quota;
  const { resetsAt } = await readMonth();
  expect(facts).toEqual({ window: event.timestamp.slice(0, 7), limit: QUOTA, resetsAt });
  expect([used >= Math.ceil(QUOTA * 0.8), used + remaining]).toEqual([true, QUOTA]);
  const logged = () =>
    laptop.events().filter(({ message, type }) => message === 'quota.warned' || type === 'quota.warning');
  await until('the warning is logged', () => logged().length > 1);
  expect(logged().map(({ message }) => message)).toEqual(['quota.warned', 'event.published']);
});

test('returns the same quota through the client as through the API', async () => {
  const { baseUrl, keys } = laptop.state;
  const [{ keyId = '', secret = '' } = {}] = keys;
  const client = new RelayClient({ baseUrl, profile: 'link-peeler', keyId, secret });
  const { month, minute } = await client.quota();
  expect(month).toEqual(await readMonth());
  expect(minute).toMatchObject({ limit: 600, resetsAt: expect.stringMatching(/:00\.000Z$/) });
});

/** Runs the real command in a folder whose `npm start` runs, and returns its JSON output. */
async function signet(...words: readonly string[]) {
  const options = { cwd: folder.path, env: { PATH: process.env['PATH'] } };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'bin/signet.ts'), ...words, '--json'],
    options,
  );
  return JSON.parse(stdout);
}

test('shows an operator the quota, and accepts a new key at once', async () => {
  symlinkSync(dataDir.path, join(folder.path, '.signet'));
  const { accountId, agent } = laptop.state;
  const [quota, status, agents, jobs, created] = await Promise.all([
    signet('quota', 'show', accountId),
    signet('status', '--local'),
    signet('agent', 'list', accountId, `--local=${dataDir.path}`),
    signet('jobs', 'list', accountId, '--limit', '20'),
    signet('key', 'create', accountId, '--profile', 'link-peeler'),
  ]);
  const month = await readMonth();
  expect(quota.quota.month).toEqual(month);
  const { limit, used } = month;
  expect(status.accounts).toMatchObject([{ accountId, quota: { limit, used }, pools: [{ agents: { online: 1 } }] }]);
  expect(agents.agents).toMatchObject([{ agentId: agent.id, isOnline: true }]);
  expect(jobs).toMatchObject({ hasMore: true, jobs: expect.objectContaining({ length: 20 }) });
  const by = { keyId: created.key.keyId, secret: created.secret };
  const answer = await send(signRequest(laptop.state, '', { method: 'GET', path: '/api/quota', ...by }));
  expect([answer.status, answer.json.month]).toEqual([200, month]);
});
