// Endpoints in an operator's hands: where they may lead, when something is sent to them, and the secret shown once.
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../lib/api/limits.ts';
import { OUTBOUND_PROFILES } from '../../../../lib/protocol/profiles/profiles.ts';
import { deliverEvent } from '../../../../lib/relay/delivery/deliver-event.ts';
import { publishEvents } from '../../../../lib/relay/delivery/publish-event.ts';
import { createTargetPolicy } from '../../../../lib/relay/delivery/target-policy.ts';
import { secretOf } from '../../../../lib/relay/keys/resolve-key.ts';
import {
  createEndpoint,
  deleteEndpoint,
  type EndpointInput,
  listEndpoints,
  showEndpoint,
  waiveEndpoint,
} from '../../../../lib/relay/operator/accounts/endpoints.ts';
import { rebuild } from '../../../../lib/relay/operator/jobs/events.ts';
import { importKey } from '../../../../lib/relay/operator/keys/keys.ts';
import { granted, refusalOf } from '../../../support/relay/outcomes.ts';
import {
  ACCOUNT,
  DAY,
  HOUR,
  NOW,
  sampleAccount,
  sampleDelivery,
  sampleEndpoint,
  sampleJob,
  sampleResult,
} from '../../../support/relay/samples.ts';
import { createWorld } from '../../../support/relay/world.ts';

const { accountId } = ACCOUNT;
const URL_ = 'https://hooks.example.org/links';

async function ready() {
  const world = await createWorld();
  const { ports } = world;
  const create = (input: Partial<EndpointInput> = {}) =>
    createEndpoint(ports, { accountId, endpointId: 'ep-1', url: URL_, ...input });
  const posted: string[] = [];
  ports.sender = {
    post: async (url) => {
      posted.push(url);
      return { kind: 'answer', status: 204, headers: {} };
    },
  };
  return { world, ports, create, posted, stored: () => ports.endpoints.list(accountId) };
}

describe('creating', () => {
  it.each(OUTBOUND_PROFILES)('gives an endpoint for %s, unverified, with its secret', async (profile) => {
    const { ports, create, stored } = await ready();
    const { endpoint, secret } = granted(await create({ profile, keyId: 'acme' }));
    const versions = [{ version: Math.floor(NOW / 1000), master: 1, createdAt: NOW }];
    expect(endpoint).toMatchObject({ accountId, endpointId: 'ep-1', url: URL_, profile, keyId: 'acme', versions });
    expect(endpoint).toMatchObject({ state: 'unverified', createdAt: NOW });
    expect(await stored()).toEqual([endpoint]);
    const derived = secretOf(endpoint, endpoint.versions[0], await ports.outboundRing.read());
    expect(secret.reveal()).toBe(derived.reveal());
    expect(JSON.stringify([secret, endpoint])).not.toContain(secret.reveal());
  });

  it('gives it an id and the default profile where none is named, and makes it active when it is waived', async () => {
    const { create } = await ready();
    const { endpoint } = granted(await create({ endpointId: undefined, waive: true }));
    expect(endpoint.endpointId).toMatch(/^ep_[a-z2-7]{16}$/);
    expect(endpoint).toMatchObject({ state: 'active', profile: 'standard-webhooks' });
  });

  it('again under the id of one that was deleted gives another secret', async () => {
    const { world, ports, create } = await ready();
    const first = granted(await create());
    granted(await deleteEndpoint(ports, accountId, 'ep-1'));
    world.passSeconds(1);
    const second = granted(await create());
    expect(second.secret.reveal()).not.toBe(first.secret.reveal());
  });

  it('takes its secret for nobody else to bring along', async () => {
    const { ports, create } = await ready();
    const { secret } = granted(await create({ profile: 'vouchersx' }));
    const input = { accountId, keyId: 'their-key', profile: 'vouchersx', secret } as const;
    expect(refusalOf(await importKey(ports, input))).toBe('secret_in_use');
  });

  it('again is refused: the secret is shown once', async () => {
    const { create, stored } = await ready();
    const { endpoint } = granted(await create());
    expect(refusalOf(await create())).toBe('endpoint_taken');
    expect(refusalOf(await create({ url: 'https://other.example.org/' }))).toBe('endpoint_taken');
    expect(await stored()).toEqual([endpoint]);
  });

  it('at once under one id makes one', async () => {
    const { create, stored } = await ready();
    const outcomes = await Promise.all([create(), create({ url: 'https://other.example.org/' })]);
    expect(outcomes.map(refusalOf).toSorted()).toEqual(['endpoint_taken', undefined]);
    expect(await stored()).toHaveLength(1);
  });

  it('refuses one too many, and room is there again when one is deleted', async () => {
    const { ports, create } = await ready();
    for (let made = 0; made < LIMITS.endpointsPerAccount; made += 1)
      granted(await create({ endpointId: `ep-${made}` }));
    expect(refusalOf(await create({ endpointId: 'more' }))).toBe('endpoint_limit');
    granted(await deleteEndpoint(ports, accountId, 'ep-3'));
    granted(await create({ endpointId: 'more' }));
  });

  it('at once makes no more than there may be, and of those that it refuses nothing is left', async () => {
    const { create, stored } = await ready();
    const standing = LIMITS.endpointsPerAccount - 2;
    for (let made = 0; made < standing; made += 1) granted(await create({ endpointId: `ep-${made}` }));
    const inputs = ['a', 'b', 'c', 'd', 'e'].map((endpointId) => create({ endpointId }));
    const outcomes = await Promise.all(inputs);
    const made = outcomes.filter(({ ok }) => ok).length;
    expect(made).toBeLessThanOrEqual(2);
    expect(await stored()).toHaveLength(standing + made);
    expect(outcomes.filter(({ ok }) => !ok).map(refusalOf)).toEqual(Array(5 - made).fill('endpoint_limit'));
    granted(await create({ endpointId: 'f' }));
  });

  it.each([
    ['http', 'http://hooks.example.org/'],
    ['another port', 'https://hooks.example.org:444/'],
    ['a private address', 'https://10.0.0.1/'],
    ['a private address in disguise', 'https://0x7f.1/'],
    ['the metadata service', 'https://169.254.169.254/'],
    ['a password', 'https://user:hunter2@hooks.example.org/'],
    ['another scheme', 'ftp://hooks.example.org/'],
    ['no URL', 'hooks.example.org'],
  ])('refuses a URL with %s, and repeats nothing of it', async (_what, url) => {
    const { create, stored } = await ready();
    const outcome = await create({ url });
    expect(outcome).toMatchObject({ ok: false, code: 'invalid' });
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
    expect(await stored()).toEqual([]);
  });

  it.each(['https://hooks.example.org:8443/', 'https://hooks.example.org:443/a?b=c'])('takes %s', async (url) => {
    granted(await (await ready()).create({ url }));
  });

  it('takes plain http and every port where ranges are open, which is the laptop', async () => {
    const { ports, create } = await ready();
    ports.targets = createTargetPolicy(['127.0.0.0/8']);
    granted(await create({ url: 'http://127.0.0.1:9000/hook' }));
    expect(refusalOf(await create({ endpointId: 'ep-2', url: 'http://127.0.0.1:9001/' }))).toBe('invalid');
  });

  it.each(['', 'a b', 'a#b', 'x'.repeat(65)])('refuses the id and the name %j', async (text) => {
    const { create } = await ready();
    expect(refusalOf(await create({ endpointId: text }))).toBe('invalid');
    expect(refusalOf(await create({ keyId: text }))).toBe('invalid');
  });

  it('refuses accounts that are not there, or go', async () => {
    const { world, create } = await ready();
    const deleting = sampleAccount({ state: 'deleting' });
    await world.putAccount(deleting);
    expect(refusalOf(await create({ accountId: 'nobody' }))).toBe('account_unknown');
    expect(refusalOf(await create({ accountId: deleting.accountId }))).toBe('account_deleting');
  });
});

describe('an endpoint', () => {
  it('is listed by age, shown and deleted, and known to its own account only', async () => {
    const { world, ports } = await ready();
    const [young, old] = [sampleEndpoint({ createdAt: NOW }), sampleEndpoint({ createdAt: NOW - HOUR })];
    for (const endpoint of [young, old]) await ports.endpoints.create(endpoint);
    const other = sampleAccount();
    await world.putAccount(other);
    expect(granted(await listEndpoints(ports, accountId))).toEqual([old, young]);
    expect(granted(await listEndpoints(ports, other.accountId))).toEqual([]);
    expect(granted(await showEndpoint(ports, accountId, old.endpointId))).toEqual(old);
    for (const act of [showEndpoint, deleteEndpoint, waiveEndpoint] as const) {
      expect(refusalOf(await act(ports, other.accountId, old.endpointId))).toBe('endpoint_unknown');
      expect(refusalOf(await act(ports, 'nobody', old.endpointId))).toBe('account_unknown');
    }
    expect(granted(await deleteEndpoint(ports, accountId, old.endpointId))).toEqual(old);
    expect(refusalOf(await deleteEndpoint(ports, accountId, old.endpointId))).toBe('endpoint_unknown');
    expect(granted(await listEndpoints(ports, accountId))).toEqual([young]);
  });

  it('that changes while it is waived is left as it is', async () => {
    const { ports, create, stored } = await ready();
    const { endpoint } = granted(await create());
    const endpoints = { ...ports.endpoints, change: async () => false };
    expect(refusalOf(await waiveEndpoint({ ...ports, endpoints }, accountId, 'ep-1'))).toBe('changed_meanwhile');
    expect(await stored()).toEqual([endpoint]);
  });

  it('that is unverified gets nothing, neither published nor delivered nor rebuilt', async () => {
    const { world, ports, create, posted } = await ready();
    granted(await create());
    const job = sampleJob({ state: 'completed', result: sampleResult(), updatedAt: NOW });
    await ports.jobs.create(job, NOW);
    await publishEvents(ports, [job]);
    await deliverEvent(ports, sampleDelivery({ endpointId: 'ep-1' }));
    expect(granted(await rebuild(ports, { sinceMs: NOW - DAY }))).toEqual({ sent: 0, failed: 0 });
    expect([posted, ports.deliveries.sent]).toEqual([[], []]);
    expect(world.events.at(-1)).toMatchObject({ event: 'delivery.dropped', why: 'endpoint unverified' });
  });

  it('that is waived gets what ended since it was made when events are rebuilt, and what ends from now on', async () => {
    const { world, ports, create } = await ready();
    const ended = (updatedAt: number) =>
      sampleJob({ state: 'completed', result: sampleResult(), createdAt: updatedAt, updatedAt });
    const [before, since] = [ended(NOW - HOUR), ended(NOW + HOUR)];
    for (const job of [before, since]) await ports.jobs.create(job, NOW);
    granted(await create());
    world.time.nowMs = NOW + 2 * HOUR;
    const { endpoint, rebuildableSince } = granted(await waiveEndpoint(ports, accountId, 'ep-1'));
    expect([endpoint.state, rebuildableSince]).toEqual(['active', NOW]);
    expect(granted(await rebuild(ports, { sinceMs: rebuildableSince }))).toEqual({ sent: 1, failed: 0 });
    expect(ports.deliveries.sent.map(({ delivery }) => delivery.body)).toEqual([expect.stringContaining(since.jobId)]);
    world.time.nowMs = NOW + 60 * DAY;
    const later = granted(await waiveEndpoint(ports, accountId, 'ep-1'));
    expect(later.rebuildableSince).toBe(NOW + 30 * DAY);
  });

  it('from before the rule for targets is not posted to, and its delivery says why', async () => {
    const { ports, posted } = await ready();
    const endpoint = sampleEndpoint({ url: 'http://hooks.example.org/' });
    await ports.endpoints.create(endpoint);
    const delivery = sampleDelivery({ endpointId: endpoint.endpointId });
    await deliverEvent(ports, delivery);
    expect(posted).toEqual([]);
    expect(await ports.log.find(delivery)).toMatchObject({ state: 'retrying', outcome: 'scheme_not_https' });
  });
});

describe('rebuilding events', () => {
  const ended = (overrides: object = {}) =>
    sampleJob({ state: 'completed', result: sampleResult(), updatedAt: NOW, ...overrides });

  it('takes what ended since then, however long before it was made, of one account or of all', async () => {
    const { world, ports } = await ready();
    const other = sampleAccount();
    await world.putAccount(other);
    for (const id of [accountId, other.accountId]) await ports.endpoints.create(sampleEndpoint({ accountId: id }));
    const jobs = [
      ended({ createdAt: NOW - 7 * DAY }),
      ended({ updatedAt: NOW - HOUR - 1 }),
      ended({ accountId: other.accountId }),
      sampleJob(),
    ];
    for (const job of jobs) await ports.jobs.create(job, NOW);
    expect(granted(await rebuild(ports, { sinceMs: NOW - HOUR, accountId }))).toEqual({ sent: 1, failed: 0 });
    expect(granted(await rebuild(ports, { sinceMs: NOW - HOUR }))).toEqual({ sent: 2, failed: 0 });
  });

  it('takes the quota warnings of those months too, once each', async () => {
    const { ports } = await ready();
    await ports.endpoints.create(sampleEndpoint());
    const warn = (month: string, warnedAt: number) =>
      ports.quota.recordWarning({ accountId, month, used: 800, limit: 1_000, warnedAt });
    await warn('2026-10', NOW - 25 * DAY);
    await warn('2026-11', NOW - HOUR);
    expect(granted(await rebuild(ports, { sinceMs: NOW - HOUR + 1 }))).toEqual({ sent: 0, failed: 0 });
    expect(granted(await rebuild(ports, { sinceMs: NOW - HOUR }))).toEqual({ sent: 1, failed: 0 });
    expect(granted(await rebuild(ports, { sinceMs: NOW - 29 * DAY }))).toEqual({ sent: 2, failed: 0 });
  });

  it('counts what could not be sent, and goes on', async () => {
    const { ports } = await ready();
    await ports.endpoints.create(sampleEndpoint());
    for (const job of [ended(), ended()]) await ports.jobs.create(job, NOW);
    let calls = 0;
    const send = async () => {
      calls += 1;
      if (calls === 1) throw new Error('full');
    };
    const outcome = await rebuild({ ...ports, deliveries: { send } }, { sinceMs: NOW - HOUR });
    expect(granted(outcome)).toEqual({ sent: 1, failed: 1 });
  });

  it('refuses a time that has not come, and accounts that are not there', async () => {
    const { ports } = await ready();
    expect(refusalOf(await rebuild(ports, { sinceMs: NOW + 1 }))).toBe('invalid');
    expect(refusalOf(await rebuild(ports, { sinceMs: Number.NaN }))).toBe('invalid');
    expect(refusalOf(await rebuild(ports, { sinceMs: NOW, accountId: 'nobody' }))).toBe('account_unknown');
  });
});
