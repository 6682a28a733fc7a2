// Operators' commands on endpoints: which URLs are valid, which endpoints get deliveries, and a secret that is shown once.
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

describe('creating an endpoint', () => {
  it.each(OUTBOUND_PROFILES)('returns an unverified endpoint for %s with its secret', async (profile) => {
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

  it('makes an id and uses the default profile if none is named, and makes a waived endpoint active', async () => {
    const { create } = await ready();
    const { endpoint } = granted(await create({ endpointId: undefined, waive: true }));
    expect(endpoint.endpointId).toMatch(/^ep_[a-z2-7]{16}$/);
    expect(endpoint).toMatchObject({ state: 'active', profile: 'standard-webhooks' });
  });

  it('derives another secret under the id of a deleted endpoint', async () => {
    const { world, ports, create } = await ready();
    const first = granted(await create());
    granted(await deleteEndpoint(ports, accountId, 'ep-1'));
    world.passSeconds(1);
    const second = granted(await create());
    expect(second.secret.reveal()).not.toBe(first.secret.reveal());
  });

  it('claims the secret, so that nobody can import it as a key', async () => {
    const { ports, create } = await ready();
    const { secret } = granted(await create({ profile: 'vouchersx' }));
    const input = { accountId, keyId: 'their-key', profile: 'vouchersx', secret } as const;
    expect(refusalOf(await importKey(ports, input))).toBe('secret_in_use');
  });

  it('refuses a repeat, because the secret is shown only once', async () => {
    const { create, stored } = await ready();
    const { endpoint } = granted(await create());
    expect(refusalOf(await create())).toBe('endpoint_taken');
    expect(refusalOf(await create({ url: 'https://other.example.org/' }))).toBe('endpoint_taken');
    expect(await stored()).toEqual([endpoint]);
  });

  it('creates one endpoint when two commands use the same id at once', async () => {
    const { create, stored } = await ready();
    const outcomes = await Promise.all([create(), create({ url: 'https://other.example.org/' })]);
    expect(outcomes.map(refusalOf).toSorted()).toEqual(['endpoint_taken', undefined]);
    expect(await stored()).toHaveLength(1);
  });

  it('refuses an endpoint above the limit, and accepts it after another one is deleted', async () => {
    const { ports, create } = await ready();
    for (let index = 0; index < LIMITS.endpointsPerAccount; index += 1)
      granted(await create({ endpointId: `ep-${index}` }));
    expect(refusalOf(await create({ endpointId: 'more' }))).toBe('endpoint_limit');
    granted(await deleteEndpoint(ports, accountId, 'ep-3'));
    granted(await create({ endpointId: 'more' }));
  });

  it('never exceeds the limit when commands run at once, and leaves nothing of the refused ones', async () => {
    const { create, stored } = await ready();
    const existing = LIMITS.endpointsPerAccount - 2;
    for (let index = 0; index < existing; index += 1) granted(await create({ endpointId: `ep-${index}` }));
    const inputs = ['a', 'b', 'c', 'd', 'e'].map((endpointId) => create({ endpointId }));
    const outcomes = await Promise.all(inputs);
    const created = outcomes.filter(({ ok }) => ok).length;
    expect(created).toBeLessThanOrEqual(2);
    expect(await stored()).toHaveLength(existing + created);
    expect(outcomes.filter(({ ok }) => !ok).map(refusalOf)).toEqual(Array(5 - created).fill('endpoint_limit'));
    granted(await create({ endpointId: 'f' }));
  });

  it.each([
    ['http', 'http://hooks.example.org/'],
    ['another port', 'https://hooks.example.org:444/'],
    ['a private address', 'https://10.0.0.1/'],
    ['a private address in hexadecimal form', 'https://0x7f.1/'],
    ['the metadata service', 'https://169.254.169.254/'],
    ['a password', 'https://user:hunter2@hooks.example.org/'],
    ['another scheme', 'ftp://hooks.example.org/'],
    ['no URL', 'hooks.example.org'],
  ])('refuses a URL with %s, and does not repeat it in the message', async (_what, url) => {
    const { create, stored } = await ready();
    const outcome = await create({ url });
    expect(outcome).toMatchObject({ ok: false, code: 'invalid' });
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
    expect(await stored()).toEqual([]);
  });

  it.each(['https://hooks.example.org:8443/', 'https://hooks.example.org:443/a?b=c'])('accepts %s', async (url) => {
    granted(await (await ready()).create({ url }));
  });

  it('accepts plain http and every port on the laptop, where address ranges are allowed', async () => {
    const { ports, create } = await ready();
    ports.targets = createTargetPolicy(['127.0.0.0/8']);
    granted(await create({ url: 'http://127.0.0.1:9000/hook' }));
    expect(refusalOf(await create({ endpointId: 'ep-2', url: 'http://127.0.0.1:9001/' }))).toBe('invalid');
  });

  it.each(['', 'a b', 'a#b', 'x'.repeat(65)])('refuses %j as endpoint id and as key id', async (text) => {
    const { create } = await ready();
    expect(refusalOf(await create({ endpointId: text }))).toBe('invalid');
    expect(refusalOf(await create({ keyId: text }))).toBe('invalid');
  });

  it('refuses an account that is unknown or being deleted', async () => {
    const { world, create } = await ready();
    const deleting = sampleAccount({ state: 'deleting' });
    await world.putAccount(deleting);
    expect(refusalOf(await create({ accountId: 'nobody' }))).toBe('account_unknown');
    expect(refusalOf(await create({ accountId: deleting.accountId }))).toBe('account_deleting');
  });
});

describe('an endpoint', () => {
  it('is listed by age, shown and deleted, and unknown in any other account', async () => {
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

  it('is not waived if another command changes it at the same time', async () => {
    const { ports, create, stored } = await ready();
    const { endpoint } = granted(await create());
    const endpoints = { ...ports.endpoints, change: async () => false };
    expect(refusalOf(await waiveEndpoint({ ...ports, endpoints }, accountId, 'ep-1'))).toBe('changed_meanwhile');
    expect(await stored()).toEqual([endpoint]);
  });

  it('gets no event while it is unverified: none is published, delivered or rebuilt', async () => {
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

  it('can be sent the events since its creation with a rebuild after it is waived', async () => {
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

  it('gets no request if its old URL breaks the target policy, and its delivery says why', async () => {
    const { ports, posted } = await ready();
    const endpoint = sampleEndpoint({ url: 'http://hooks.example.org/' });
    await ports.endpoints.create(endpoint);
    const delivery = sampleDelivery({ endpointId: endpoint.endpointId });
    await deliverEvent(ports, delivery);
    expect(posted).toEqual([]);
    expect(await ports.log.find(delivery)).toMatchObject({ state: 'retrying', outcome: 'scheme_not_https' });
  });
});
