// Ensuring keys and endpoints: who owns an id, what a repeat keeps, and which ids and keys are malformed.
import { describe, expect, it } from 'vitest';
import { ensureEndpoint } from '../../../lib/local/demo/ensure.ts';
import { ensurePartnerKey, ensurePartnerPublicKey } from '../../../lib/local/demo/ensure-key.ts';
import { INBOUND_PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { ACCOUNT, NOW, sampleAgentKey, unique } from '../../support/relay/samples.ts';
import { createWorld } from '../../support/relay/world.ts';
import { ed25519Pair } from '../../support/signing/signing.ts';

const { accountId } = ACCOUNT;
const { publicKey } = ed25519Pair(3);
const BAD_IDS = ['', 'a b', 'a#b', 'a.b', 'ä', 'a\n', 'x'.repeat(65)];

async function ready() {
  const world = await createWorld();
  const { ports } = world;
  return {
    world,
    stored: (keyId: string) => ports.directory.findKey(keyId),
    createKey: (input: Partial<Parameters<typeof ensurePartnerKey>[1]>) =>
      ensurePartnerKey(ports, { keyId: 'key-1', accountId, profile: 'vouchersx', ...input }),
    register: (input: Partial<Parameters<typeof ensurePartnerPublicKey>[1]> = {}) =>
      ensurePartnerPublicKey(ports, { keyId: 'key-1', accountId, publicKey, ...input }),
    endpoint: (input: Partial<Parameters<typeof ensureEndpoint>[1]> = {}) =>
      ensureEndpoint(ports, { endpointId: 'ep-1', accountId, url: 'https://e.com', profile: 'vouchersx', ...input }),
  };
}

describe('a partner’s secret key', () => {
  it.each(INBOUND_PROFILES)('is created for %s, and stored as it was given', async (profile) => {
    const { createKey, stored } = await ready();
    const { key, secret } = await createKey({ profile });
    const versions = [{ version: 1, master: 1 }];
    expect(key).toEqual({ kind: 'partner', keyId: 'key-1', accountId, profile, versions });
    expect(await stored('key-1')).toEqual(key);
    expect(secret.reveal()).toMatch(/^sk_[A-Za-z0-9_-]{43}$/);
  });

  it('keeps its versions and its permission when it is ensured again, despite a newer master', async () => {
    const { world, createKey, stored } = await ready();
    const first = await createKey({ allowUnboundDelete: true });
    world.ports.inboundRing.store(JSON.stringify({ 1: 'ab'.repeat(32), 2: 'cd'.repeat(32) }));
    const again = await createKey({});
    expect(again.key).toEqual({ ...first.key, allowUnboundDelete: true });
    expect(again.secret.reveal()).toBe(first.secret.reveal());
    expect(await stored('key-1')).toEqual(again.key);
    expect((await createKey({ keyId: 'key-2' })).key.versions).toEqual([{ version: 1, master: 2 }]);
  });

  it('keeps both secrets of a rotation when it is ensured again, and returns the current one', async () => {
    const { world, createKey, stored } = await ready();
    const { key, secret } = await createKey({});
    const versions = [
      { version: 2, master: 1 },
      { ...key.versions[0], endsAt: NOW + 1 },
    ] as const;
    await world.ports.registry.putKey({ ...key, versions });
    expect((await createKey({})).secret.reveal()).not.toBe(secret.reveal());
    expect(await stored('key-1')).toEqual({ ...key, versions });
  });

  it('gets or loses the permission when the input says so', async () => {
    const { createKey, stored } = await ready();
    for (const allowUnboundDelete of [false, true, false]) {
      await createKey({ allowUnboundDelete });
      expect(await stored('key-1')).toMatchObject({ allowUnboundDelete });
    }
  });

  it.each([
    ['of another account', { accountId: 'another' }],
    ['of another profile', { profile: 'nitro' }],
  ] as const)('cannot take an id %s', async (_what, input) => {
    const { createKey, stored } = await ready();
    const { key } = await createKey({});
    await expect(createKey(input)).rejects.toThrow('The key id key-1 is taken.');
    expect(await stored('key-1')).toEqual(key);
  });

  it('cannot take the id of a public key or of an agent', async () => {
    const { world, createKey, register, stored } = await ready();
    const own = await register();
    const agent = sampleAgentKey();
    await world.ports.registry.putKey(agent);
    for (const keyId of [own.keyId, agent.keyId])
      await expect(createKey({ keyId, profile: 'rfc9421' })).rejects.toThrow(`The key id ${keyId} is taken.`);
    expect([await stored(own.keyId), await stored(agent.keyId)]).toEqual([own, agent]);
  });

  it.each(BAD_IDS)('refuses the id %j', async (keyId) => {
    await expect((await ready()).createKey({ keyId })).rejects.toThrow('A key id has 1–64 characters');
  });
});

describe('a partner’s public key', () => {
  it('is stored as it was given, for rfc9421', async () => {
    const { register, stored } = await ready();
    const key = await register();
    expect(key).toEqual({ kind: 'partner', keyId: 'key-1', accountId, profile: 'rfc9421', publicKey });
    expect(await stored('key-1')).toEqual(key);
  });

  it('keeps its permission when it is ensured again', async () => {
    const { register, stored } = await ready();
    const key = await register({ allowUnboundDelete: true });
    expect(await register()).toEqual(key);
    expect(await stored('key-1')).toEqual({ ...key, allowUnboundDelete: true });
  });

  it('cannot be replaced by another key, nor taken by another account', async () => {
    const { register, stored } = await ready();
    const key = await register();
    for (const input of [{ publicKey: ed25519Pair(2).publicKey }, { accountId: 'another' }])
      await expect(register(input)).rejects.toThrow('The key id key-1 is taken.');
    expect(await stored('key-1')).toEqual(key);
  });

  it('cannot take the id of a secret key of the same profile, nor of an agent with the same key pair', async () => {
    const { world, createKey, register, stored } = await ready();
    const { key } = await createKey({ profile: 'rfc9421' });
    const agent = sampleAgentKey({ publicKey });
    await world.ports.registry.putKey(agent);
    for (const { keyId } of [key, agent])
      await expect(register({ keyId })).rejects.toThrow(`The key id ${keyId} is taken.`);
    expect([await stored(key.keyId), await stored(agent.keyId)]).toEqual([key, agent]);
  });

  it.each([
    ['nothing', ''],
    ['text that is not a key', 'not a key'],
    ['too few bytes', Buffer.alloc(31, 9).toString('base64url')],
    ['too many bytes', Buffer.alloc(33, 9).toString('base64url')],
    ['padding', `${publicKey}=`],
    ['base64 that is not for URLs', Buffer.alloc(32, 0xff).toString('base64').replace('=', '')],
    ['tail bits', `${'A'.repeat(42)}B`],
    ['hex', '11'.repeat(32)],
    ['a line end', `${publicKey}\n`],
    ['a PEM text', '-----BEGIN PUBLIC KEY-----'],
    ['the point of order 1', `AQ${'A'.repeat(41)}`],
    ['the point of order 1 with its sign bit', Buffer.from(`01${'00'.repeat(30)}80`, 'hex').toString('base64url')],
    ['a point of order 2', Buffer.from(`ec${'ff'.repeat(30)}7f`, 'hex').toString('base64url')],
    ['a point of order 4', Buffer.alloc(32).toString('base64url')],
    ['a point of order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  ])('cannot be %s', async (_what, text) => {
    const { register, stored } = await ready();
    const asKey = /^26e8/.test(text) ? Buffer.from(text, 'hex').toString('base64url') : text;
    await expect(register({ publicKey: asKey })).rejects.toThrow(
      'The public key must be the 32 raw bytes of an Ed25519 key',
    );
    expect(await stored('key-1')).toBeUndefined();
  });

  it.each(BAD_IDS)('refuses the id %j', async (keyId) => {
    await expect((await ready()).register({ keyId })).rejects.toThrow('A key id has 1–64 characters');
  });
});

describe('an endpoint', () => {
  it('has the name that its consumer knows, and keeps it when the input has none', async () => {
    const { world, endpoint } = await ready();
    const first = await endpoint({ keyId: 'acme-vouchers' });
    world.passSeconds(60);
    const again = await endpoint({ url: 'https://new.example.org/' });
    expect(again.endpoint).toEqual({ ...first.endpoint, url: 'https://new.example.org/' });
    expect(again.endpoint).toMatchObject({ keyId: 'acme-vouchers', createdAt: NOW });
    expect(again.secret.reveal()).toBe(first.secret.reveal());
    expect((await endpoint({ keyId: 'acme-2' })).endpoint.keyId).toBe('acme-2');
  });

  it('is active again when a disabled one is ensured', async () => {
    const { world, endpoint } = await ready();
    const made = await endpoint();
    await world.ports.registry.putEndpoint({ ...made.endpoint, state: 'disabled' });
    expect((await endpoint()).endpoint.state).toBe('active');
  });

  it('has another secret than one with the same id in another account', async () => {
    const { endpoint } = await ready();
    const secrets = [await endpoint(), await endpoint({ accountId: unique('account') })].map(({ secret }) =>
      secret.reveal(),
    );
    expect(new Set(secrets).size).toBe(2);
  });

  it.each(BAD_IDS)('refuses the id %j and that name', async (text) => {
    const { world, endpoint } = await ready();
    for (const input of [{ endpointId: text, keyId: 'acme' }, { endpointId: text }, { keyId: text }])
      await expect(endpoint(input)).rejects.toThrow('A key id has 1–64 characters');
    expect(await world.ports.directory.listEndpoints(accountId)).toEqual([]);
  });
});
