// Creating, importing and registering keys: each id and each secret is used once, and a repeat after a crash succeeds.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../lib/protocol/secret.ts';
import type { PartnerSecretKey } from '../../../../lib/relay/model/records.ts';
import {
  createKey,
  importKey,
  listKeys,
  makeKeyId,
  registerPublicKey,
  setKey,
  showKey,
} from '../../../../lib/relay/operator/keys/keys.ts';
import { revokeKey } from '../../../../lib/relay/operator/keys/revoke-key.ts';
import { ACCOUNT, NOW, SECOND, sampleAgentKey, unique } from '../../../support/relay/samples.ts';
import { ed25519Pair } from '../../../support/signing/signing.ts';
import { codeOf, createTools, IMPORT, unwrap } from './key-tools.ts';
import { ignoreKill, killAtCall } from './killed-process.ts';

const { accountId } = ACCOUNT;
const OWN = 'an imported secret text';

describe('a created key', () => {
  it('has a secret that is derived from the newest master, and is accepted at once', async () => {
    const { create, ports, statusOf } = await createTools();
    ports.inboundRing.store(JSON.stringify({ 1: 'ab'.repeat(32), 2: 'cd'.repeat(32) }));
    const created = await create({ keyId: 'mine' });
    const versions = [{ version: Math.floor(NOW / SECOND), master: 2, createdAt: NOW }];
    expect(created.key).toEqual({ kind: 'partner', keyId: 'mine', accountId, profile: 'nitro', versions });
    expect(await ports.keys.find('mine')).toEqual(created.key);
    expect(await statusOf(created)).toBe(202);
  });

  it('gets a new id if none is named', async () => {
    const { create } = await createTools();
    const [first, second] = [await create(), await create()];
    expect(first.key.keyId).toMatch(/^key_[a-z2-7]{16}$/);
    expect(second.key.keyId).not.toBe(first.key.keyId);
    expect(makeKeyId((count) => Buffer.alloc(count, 0xff))).toBe('key_7777777777777777');
  });

  it('cannot be created again under the same id', async () => {
    const { create, ports } = await createTools();
    const { key } = await create({ keyId: 'mine' });
    for (const input of [{ accountId }, { accountId, allowUnboundDelete: true }])
      expect(codeOf(await createKey(ports, { keyId: 'mine', profile: 'nitro', ...input }))).toBe('key_taken');
    expect(await ports.keys.find('mine')).toEqual(key);
  });

  it.each(['', 'a b', 'a#b', 'ä', 'x'.repeat(65)])('is refused with the invalid id %j', async (keyId) => {
    const { ports } = await createTools();
    const input = { accountId, keyId, profile: 'nitro' } as const;
    const { publicKey } = ed25519Pair(3);
    const outcomes = [
      await createKey(ports, input),
      await importKey(ports, { ...input, secret: new Secret(OWN) }),
      await registerPublicKey(ports, { accountId, keyId, publicKey }),
    ];
    expect(outcomes.map(codeOf)).toEqual(['invalid', 'invalid', 'invalid']);
  });

  it('is refused for an unknown account', async () => {
    const { ports } = await createTools();
    const input = { accountId: 'nobody', keyId: 'mine' };
    const { publicKey } = ed25519Pair(3);
    const outcomes = [
      await createKey(ports, { ...input, profile: 'nitro' }),
      await importKey(ports, { ...input, profile: 'nitro', secret: new Secret(OWN) }),
      await registerPublicKey(ports, { ...input, publicKey }),
      await listKeys(ports, 'nobody'),
    ];
    expect(new Set(outcomes.map(codeOf))).toEqual(new Set(['account_unknown']));
    expect([ports.importedSecrets.names(), await ports.keys.find('mine')]).toEqual([[], undefined]);
  });
});

describe('an imported key', () => {
  it('keeps its id and secret, and stores the secret only in Secrets Manager', async () => {
    const { importSecret, ports, statusOf } = await createTools();
    const key = unwrap(await importSecret(OWN, { keyId: 'acme-shop' }));
    const [{ imported }] = key.versions as unknown as [{ imported: string }];
    expect(ports.importedSecrets.names()).toEqual([imported]);
    expect(key.versions).toEqual([{ version: 1, imported, createdAt: NOW }]);
    expect(await statusOf({ key, secret: new Secret(OWN) })).toBe(202);
    expect(JSON.stringify(await ports.keys.find('acme-shop'))).not.toContain('secret text');
  });

  it('can be imported again with the same input, but not with another secret, profile or account', async () => {
    const { importSecret, ports, world } = await createTools();
    await world.putAccount({ ...ACCOUNT, accountId: 'another' });
    const key = unwrap(await importSecret(OWN, { keyId: 'acme-shop' }));
    expect(unwrap(await importSecret(OWN, { keyId: 'acme-shop' }))).toEqual(key);
    const others = [
      await importSecret('another imported secret', { keyId: 'acme-shop' }),
      await importSecret(OWN, { keyId: 'acme-shop', profile: 'nitro' }),
      await importSecret(OWN, { keyId: 'acme-shop', accountId: 'another' }),
    ];
    expect(others.map(codeOf)).toEqual(['key_taken', 'key_taken', 'key_taken']);
    expect([await ports.keys.find('acme-shop'), ports.importedSecrets.names()]).toEqual([
      key,
      key.versions.map((version) => 'imported' in version && version.imported),
    ]);
  });

  it('cannot be imported again after it is revoked', async () => {
    const { importSecret, ports } = await createTools();
    await importSecret(OWN, { keyId: 'acme-shop' });
    unwrap(await revokeKey(ports, 'acme-shop'));
    expect(codeOf(await importSecret(OWN, { keyId: 'acme-shop' }))).toBe('key_taken');
  });

  it('is refused with the secret of another key, derived or imported, in any account', async () => {
    const { importSecret, create, world, ports } = await createTools();
    await world.putAccount({ ...ACCOUNT, accountId: 'another' });
    await importSecret(OWN, { keyId: 'acme-shop' });
    const derived = await create({ keyId: 'mine' });
    const outcomes = [
      await importSecret(OWN, { keyId: 'acme-2' }),
      await importSecret(OWN, { keyId: 'acme-2', accountId: 'another' }),
      await importSecret(derived.secret.reveal(), { keyId: 'acme-2' }),
    ];
    expect(outcomes.map(codeOf)).toEqual(['secret_in_use', 'secret_in_use', 'secret_in_use']);
    expect([await ports.keys.find('acme-2'), ports.importedSecrets.names()]).toEqual([undefined, [expect.any(String)]]);
  });

  it('is created once when two commands import one secret at once', async () => {
    const { importSecret, ports } = await createTools();
    const outcomes = await Promise.all([importSecret(OWN, { keyId: 'one' }), importSecret(OWN, { keyId: 'two' })]);
    expect(outcomes.map(codeOf).toSorted()).toEqual(['done', 'secret_in_use']);
    expect(ports.importedSecrets.names()).toHaveLength(1);
  });

  it('is created once when two commands use one id at once, and nothing remains of the other', async () => {
    const { importSecret, ports, versionsOf } = await createTools();
    const texts = ['the first of two secrets', 'the second of two secrets'];
    const outcomes = await Promise.all(texts.map((text) => importSecret(text, { keyId: 'acme-shop' })));
    expect(outcomes.map(codeOf).toSorted()).toEqual(['done', 'key_taken']);
    const [{ imported }] = (await versionsOf('acme-shop')) as unknown as [{ imported: string }];
    expect(ports.importedSecrets.names()).toEqual([imported]);
    const loser = texts[outcomes.findIndex(({ ok }) => !ok)] ?? '';
    expect(codeOf(await importSecret(loser, { keyId: 'acme-2' }))).toBe('done');
  });

  it('is returned to both commands when they import the same input at once', async () => {
    const { importSecret, ports, statusOf } = await createTools();
    const outcomes = await Promise.all([1, 2].map(() => importSecret(OWN, { keyId: 'acme-shop' })));
    expect(outcomes.map(codeOf)).toEqual(['done', 'done']);
    expect(ports.importedSecrets.names()).toHaveLength(1);
    const [key] = outcomes.map(unwrap) as [PartnerSecretKey, PartnerSecretKey];
    expect(await statusOf({ key, secret: new Secret(OWN) })).toBe(202);
  });
});

describe('a command that was killed at any step and is repeated', () => {
  it('completes an import', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), async (fatalCall) => {
        const { ports, importSecret, statusOf } = await createTools();
        const input = { ...IMPORT, keyId: 'acme-shop', secret: new Secret(OWN) };
        await ignoreKill(importKey(killAtCall(ports, fatalCall), input));
        const key = unwrap(await importKey(ports, input));
        expect(await statusOf({ key, secret: new Secret(OWN) })).toBe(202);
        expect(ports.importedSecrets.names()).toHaveLength(1);
        expect(codeOf(await importSecret(OWN))).toBe('secret_in_use');
      }),
    );
  });

  it('completes a creation, or is refused because the first run completed it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), async (fatalCall) => {
        const { ports, statusOf } = await createTools();
        const input = { accountId, keyId: 'mine', profile: 'nitro' } as const;
        await ignoreKill(createKey(killAtCall(ports, fatalCall), input));
        const existed = (await ports.keys.find('mine')) !== undefined;
        const repeat = await createKey(ports, input);
        expect(codeOf(repeat)).toBe(existed ? 'key_taken' : 'done');
        if (repeat.ok) expect(await statusOf(repeat.value)).toBe(202);
      }),
    );
  });
});

describe('a public key', () => {
  const { publicKey } = ed25519Pair(3);

  it('is registered under its id, and a repeat with the same input returns it', async () => {
    const { ports } = await createTools();
    const input = { accountId, keyId: 'mine', publicKey };
    const key = unwrap(await registerPublicKey(ports, input));
    expect(key).toEqual({ kind: 'partner', keyId: 'mine', accountId, profile: 'rfc9421', publicKey });
    expect(unwrap(await registerPublicKey(ports, input))).toEqual(key);
    expect(codeOf(await registerPublicKey(ports, { ...input, publicKey: ed25519Pair(2).publicKey }))).toBe('key_taken');
    unwrap(await revokeKey(ports, 'mine'));
    expect(codeOf(await registerPublicKey(ports, input))).toBe('key_taken');
  });

  it('gets a new id if none is named, and is refused if it is not a valid key', async () => {
    const { ports } = await createTools();
    expect(unwrap(await registerPublicKey(ports, { accountId, publicKey })).keyId).toMatch(/^key_[a-z2-7]{16}$/);
    for (const text of ['', 'no key', 'A'.repeat(43)])
      expect(codeOf(await registerPublicKey(ports, { accountId, publicKey: text }))).toBe('invalid');
  });
});

describe('an existing key', () => {
  it('is listed by id and shown, unless it is an agent’s', async () => {
    const { ports, create, world } = await createTools();
    const created = [await create({ keyId: 'b' }), await create({ keyId: 'a' })].map(({ key }) => key);
    const agent = sampleAgentKey();
    await ports.registry.putKey(agent);
    const ids = unwrap(await listKeys(ports, accountId)).map(({ keyId }) => keyId);
    expect(ids).toEqual([...ids].toSorted());
    expect(ids).toEqual(expect.arrayContaining(['a', 'b', world.partner.key.keyId]));
    expect(ids).not.toContain(agent.keyId);
    expect(unwrap(await showKey(ports, 'b'))).toEqual(created[0]);
    for (const keyId of [agent.keyId, 'nobody', 'not an id'])
      expect(codeOf(await showKey(ports, keyId))).toBe('key_unknown');
  });

  it('can allow a DELETE whose method and path are unsigned, and forbid it again', async () => {
    const { ports, create } = await createTools();
    const { key } = await create({ keyId: 'mine' });
    for (const allowUnboundDelete of [true, false]) {
      expect(unwrap(await setKey(ports, 'mine', { allowUnboundDelete }))).toEqual({ ...key, allowUnboundDelete });
      expect(await ports.keys.find('mine')).toEqual({ ...key, allowUnboundDelete });
    }
    unwrap(await revokeKey(ports, 'mine'));
    expect(codeOf(await setKey(ports, 'mine', { allowUnboundDelete: true }))).toBe('key_revoked');
    expect(codeOf(await setKey(ports, unique('nobody'), {}))).toBe('key_unknown');
  });
});
