// The demo's account: the same at every start, after any earlier start.
import { createPublicKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { createDemoTenant, DEMO_ACCOUNT_ID, type DemoTenant } from '../../../lib/local/demo/tenant.ts';
import type { OwnWebhook } from '../../../lib/local/own-webhook.ts';
import { INBOUND_PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { formatPublicKey } from '../../../lib/protocol/signatures/ed25519-public-key.ts';
import type { PartnerKey } from '../../../lib/relay/model/records.ts';
import { createInMemoryKeyRings } from '../../support/in-memory/key-rings.ts';
import { createInMemoryJobQueues } from '../../support/in-memory/queues.ts';
import { createInMemoryTenants } from '../../support/in-memory/tenants.ts';
import { NOW } from '../../support/relay/samples.ts';

const HOOK = 'http://127.0.0.1:9000/webhooks';
const NITRO: OwnWebhook = { profile: 'nitro', url: 'http://127.0.0.1:9100/nitro' };
const DAYLIGHT: OwnWebhook = { profile: 'daylight', url: 'http://127.0.0.1:9100/daylight' };
const ring = (digits: string) => JSON.stringify({ 1: digits.repeat(32) });

function createPlatform() {
  const time = { nowMs: NOW };
  const clock = () => time.nowMs;
  const tenants = createInMemoryTenants(createInMemoryJobQueues(clock));
  const inboundRing = createInMemoryKeyRings(ring('ab'));
  const outboundRing = createInMemoryKeyRings(ring('cd'));
  const randomBytes = (count: number) => Buffer.alloc(count, 7);
  const { accounts, keys, endpoints: endpointRegister, claims } = tenants;
  const registers = { registry: tenants, directory: tenants, accounts, keys, endpoints: endpointRegister, claims };
  const access = { ...registers, inboundRing, outboundRing, clock, randomBytes };
  const endpoints = async () =>
    (await tenants.listEndpoints(DEMO_ACCOUNT_ID)).map(({ endpointId, state, url }) => ({ endpointId, state, url }));
  return {
    ...{ time, tenants, inboundRing, endpoints },
    start: (...webhooks: OwnWebhook[]) => createDemoTenant(access, HOOK, webhooks),
  };
}

/** Everything of the account, with its secrets revealed. */
const reveal = ({ secretKeys, keyPair, consumer, ownConsumers }: DemoTenant) => ({
  keys: secretKeys.map(({ key, secret }) => [key, secret.reveal()]),
  keyPair: [keyPair.key, keyPair.privateKey.export({ format: 'pem', type: 'pkcs8' })],
  endpoints: [consumer, ...ownConsumers].map(({ endpoint, secret }) => [endpoint, secret.reveal()]),
});

test('has a key for each inbound profile, link-peeler’s first, and a key pair for rfc9421', async () => {
  const { start, tenants } = createPlatform();
  const { secretKeys, keyPair } = await start();
  const [first] = secretKeys;
  expect(first.key.keyId).toBe('demo-link-peeler');
  expect(secretKeys.map(({ key }) => key.profile).sort()).toEqual([...INBOUND_PROFILES].sort());
  for (const { key } of secretKeys) expect(await tenants.findKey(`demo-${key.profile}`)).toEqual(key);
  expect(await tenants.findKey('demo-rfc9421-ed25519')).toEqual(keyPair.key);
  expect(keyPair.key.publicKey).toBe(formatPublicKey(createPublicKey(keyPair.privateKey)));
});

test('never has two keys or endpoints with the same secret', async () => {
  const { keys, endpoints } = reveal(await createPlatform().start(NITRO, DAYLIGHT));
  const secrets = [...keys, ...endpoints].map(([, secret]) => secret);
  expect(secrets).toHaveLength(INBOUND_PROFILES.length + 3);
  expect(new Set(secrets).size).toBe(secrets.length);
});

test('is the same in every part when it is created again later', async () => {
  const { start, time, endpoints } = createPlatform();
  const first = reveal(await start(NITRO, DAYLIGHT));
  time.nowMs += 86_400_000;
  expect(reveal(await start(NITRO, DAYLIGHT))).toEqual(first);
  expect(await endpoints()).toHaveLength(3);
});

test('disables an own endpoint that this start does not have, and keeps the demo’s endpoint', async () => {
  const { start, endpoints } = createPlatform();
  await start(NITRO, DAYLIGHT);
  const { ownConsumers } = await start(DAYLIGHT);
  expect(ownConsumers.map(({ endpoint }) => endpoint.endpointId)).toEqual(['own-daylight']);
  expect(await endpoints()).toEqual([
    { endpointId: 'demo-standard-webhooks', state: 'active', url: HOOK },
    { endpointId: 'own-nitro', state: 'disabled', url: NITRO.url },
    { endpointId: 'own-daylight', state: 'active', url: DAYLIGHT.url },
  ]);
  await start();
  expect((await endpoints()).map(({ state }) => state)).toEqual(['active', 'disabled', 'disabled']);
});

test('enables an own endpoint again at its new URL, with the secret that its consumer knows', async () => {
  const { start, endpoints } = createPlatform();
  const [before] = (await start(NITRO)).ownConsumers;
  await start();
  const moved = { ...NITRO, url: 'http://127.0.0.1:9200/elsewhere' };
  const [after] = (await start(moved)).ownConsumers;
  expect(await endpoints()).toContainEqual({ endpointId: 'own-nitro', state: 'active', url: moved.url });
  expect(after?.secret.reveal()).toBe(before?.secret.reveal());
});

test('sends an own endpoint nothing that ended while it was disabled', async () => {
  const { start, time } = createPlatform();
  const createdAt = async (...webhooks: OwnWebhook[]) => (await start(...webhooks)).ownConsumers[0]?.endpoint.createdAt;
  expect(await createdAt(NITRO)).toBe(NOW);
  time.nowMs += 60_000;
  expect(await createdAt(NITRO)).toBe(NOW);
  await start();
  time.nowMs += 60_000;
  expect(await createdAt(NITRO)).toBe(NOW + 120_000);
  time.nowMs += 60_000;
  expect(await createdAt(NITRO)).toBe(NOW + 120_000);
});

test('creates no endpoint without an option for it', async () => {
  const { start, endpoints } = createPlatform();
  await start();
  expect((await endpoints()).map(({ endpointId }) => endpointId)).toEqual(['demo-standard-webhooks']);
});

test('keeps a key revoked that the operator has revoked since the last start', async () => {
  const { start, tenants } = createPlatform();
  await start();
  const revoked = ['demo-rfc9421-ed25519', 'demo-nitro'];
  for (const keyId of revoked) {
    const key = (await tenants.keys.find(keyId)) as PartnerKey;
    await tenants.keys.change(key, { ...key, revokedAt: NOW });
  }
  await start();
  for (const keyId of revoked) expect(await tenants.findKey(keyId)).toMatchObject({ revokedAt: NOW });
});

test('starts when the key rings were lost, with other secrets and another key pair under the same ids', async () => {
  const { start, tenants, inboundRing } = createPlatform();
  const before = await start();
  inboundRing.store(ring('ef'));
  const after = await start();
  expect(after.secretKeys[0].secret.reveal()).not.toBe(before.secretKeys[0].secret.reveal());
  expect(after.keyPair.key.publicKey).not.toBe(before.keyPair.key.publicKey);
  expect(await tenants.findKey('demo-rfc9421-ed25519')).toEqual(after.keyPair.key);
});
