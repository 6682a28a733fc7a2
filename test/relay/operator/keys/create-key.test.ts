// Keys as an operator makes them: a secret once, an id once, and nothing that a crash leaves in the way.
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
import { interrupt, survive } from './interrupted.ts';
import { codeOf, createTools, IMPORT, unwrap } from './key-tools.ts';

const { accountId } = ACCOUNT;
const OWN = 'theirs since long ago';

describe('a key that is made', () => {
  it('is derived from the ring’s newest master, and its secret is taken at once', async () => {
    const { create, ports, statusOf } = await createTools();
    ports.inboundRing.store(JSON.stringify({ 1: 'ab'.repeat(32), 2: 'cd'.repeat(32) }));
    const made = await create({ keyId: 'mine' });
    const versions = [{ version: Math.floor(NOW / SECOND), master: 2, createdAt: NOW }];
    expect(made.key).toEqual({ kind: 'partner', keyId: 'mine', accountId, profile: 'nitro', versions });
    expect(await ports.keys.find('mine')).toEqual(made.key);
    expect(await statusOf(made)).toBe(202);
  });

  it('gets an id where none is requested for', async () => {
    const { create } = await createTools();
    const [one, other] = [await create(), await create()];
    expect(one.key.keyId).toMatch(/^key_[a-z2-7]{16}$/);
    expect(other.key.keyId).not.toBe(one.key.keyId);
    expect(makeKeyId((count) => Buffer.alloc(count, 0xff))).toBe('key_7777777777777777');
  });

  it('is not shown again, nor given to anybody else', async () => {
    const { create, ports } = await createTools();
    const { key } = await create({ keyId: 'mine' });
    for (const input of [{ accountId }, { accountId, allowUnboundDelete: true }])
      expect(codeOf(await createKey(ports, { keyId: 'mine', profile: 'nitro', ...input }))).toBe('key_taken');
    expect(await ports.keys.find('mine')).toEqual(key);
  });

  it.each(['', 'a b', 'a#b', 'ä', 'x'.repeat(65)])('has not the id %j', async (keyId) => {
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

  it('is of an account that is there', async () => {
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

describe('a key that is imported', () => {
  it('keeps its id and secret, which stand nowhere but in a secret of its own', async () => {
    const { bring, ports, statusOf } = await createTools();
    const key = unwrap(await bring(OWN, { keyId: 'acme-shop' }));
    const [{ imported }] = key.versions as unknown as [{ imported: string }];
    expect(ports.importedSecrets.names()).toEqual([imported]);
    expect(key.versions).toEqual([{ version: 1, imported, createdAt: NOW }]);
    expect(await statusOf({ key, secret: new Secret(OWN) })).toBe(202);
    expect(JSON.stringify(await ports.keys.find('acme-shop'))).not.toContain('theirs');
  });

  it('may be imported again by the same input, and not with another secret, profile or account', async () => {
    const { bring, ports, world } = await createTools();
    await world.putAccount({ ...ACCOUNT, accountId: 'another' });
    const key = unwrap(await bring(OWN, { keyId: 'acme-shop' }));
    expect(unwrap(await bring(OWN, { keyId: 'acme-shop' }))).toEqual(key);
    const others = [
      await bring('a second secret of theirs', { keyId: 'acme-shop' }),
      await bring(OWN, { keyId: 'acme-shop', profile: 'nitro' }),
      await bring(OWN, { keyId: 'acme-shop', accountId: 'another' }),
    ];
    expect(others.map(codeOf)).toEqual(['key_taken', 'key_taken', 'key_taken']);
    expect([await ports.keys.find('acme-shop'), ports.importedSecrets.names()]).toEqual([
      key,
      key.versions.map((version) => 'imported' in version && version.imported),
    ]);
  });

  it('is not imported again once it is revoked', async () => {
    const { bring, ports } = await createTools();
    await bring(OWN, { keyId: 'acme-shop' });
    unwrap(await revokeKey(ports, 'acme-shop'));
    expect(codeOf(await bring(OWN, { keyId: 'acme-shop' }))).toBe('key_taken');
  });

  it('has a secret that no other key has, derived or imported, in any account', async () => {
    const { bring, create, world, ports } = await createTools();
    await world.putAccount({ ...ACCOUNT, accountId: 'another' });
    await bring(OWN, { keyId: 'acme-shop' });
    const derived = await create({ keyId: 'mine' });
    const outcomes = [
      await bring(OWN, { keyId: 'acme-2' }),
      await bring(OWN, { keyId: 'acme-2', accountId: 'another' }),
      await bring(derived.secret.reveal(), { keyId: 'acme-2' }),
    ];
    expect(outcomes.map(codeOf)).toEqual(['secret_in_use', 'secret_in_use', 'secret_in_use']);
    expect([await ports.keys.find('acme-2'), ports.importedSecrets.names()]).toEqual([undefined, [expect.any(String)]]);
  });

  it('of two at once with one secret, one is made', async () => {
    const { bring, ports } = await createTools();
    const outcomes = await Promise.all([bring(OWN, { keyId: 'one' }), bring(OWN, { keyId: 'two' })]);
    expect(outcomes.map(codeOf).toSorted()).toEqual(['done', 'secret_in_use']);
    expect(ports.importedSecrets.names()).toHaveLength(1);
  });

  it('of two at once under one id, one is made, and nothing is left of the other', async () => {
    const { bring, ports, versionsOf } = await createTools();
    const texts = ['the first of two secrets', 'the second of two secrets'];
    const outcomes = await Promise.all(texts.map((text) => bring(text, { keyId: 'acme-shop' })));
    expect(outcomes.map(codeOf).toSorted()).toEqual(['done', 'key_taken']);
    const [{ imported }] = (await versionsOf('acme-shop')) as unknown as [{ imported: string }];
    expect(ports.importedSecrets.names()).toEqual([imported]);
    const loser = texts[outcomes.findIndex(({ ok }) => !ok)] ?? '';
    expect(codeOf(await bring(loser, { keyId: 'acme-2' }))).toBe('done');
  });

  it('twice at once by one input is one key, and its secret stays', async () => {
    const { bring, ports, statusOf } = await createTools();
    const outcomes = await Promise.all([1, 2].map(() => bring(OWN, { keyId: 'acme-shop' })));
    expect(outcomes.map(codeOf)).toEqual(['done', 'done']);
    expect(ports.importedSecrets.names()).toHaveLength(1);
    const [key] = outcomes.map(unwrap) as [PartnerSecretKey, PartnerSecretKey];
    expect(await statusOf({ key, secret: new Secret(OWN) })).toBe(202);
  });
});

describe('killed at any step and run again', () => {
  it('an import is carried out to the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), async (fatal) => {
        const { ports, bring, statusOf } = await createTools();
        const input = { ...IMPORT, keyId: 'acme-shop', secret: new Secret(OWN) };
        await survive(importKey(interrupt(ports, fatal), input));
        const key = unwrap(await importKey(ports, input));
        expect(await statusOf({ key, secret: new Secret(OWN) })).toBe(202);
        expect(ports.importedSecrets.names()).toHaveLength(1);
        expect(codeOf(await bring(OWN))).toBe('secret_in_use');
      }),
    );
  });

  it('a creation is carried out, or has been', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), async (fatal) => {
        const { ports, statusOf } = await createTools();
        const input = { accountId, keyId: 'mine', profile: 'nitro' } as const;
        await survive(createKey(interrupt(ports, fatal), input));
        const wasThere = (await ports.keys.find('mine')) !== undefined;
        const again = await createKey(ports, input);
        expect(codeOf(again)).toBe(wasThere ? 'key_taken' : 'done');
        if (again.ok) expect(await statusOf(again.value)).toBe(202);
      }),
    );
  });
});

describe('a public key', () => {
  const { publicKey } = ed25519Pair(3);

  it('is registered under its id, and again by the same input', async () => {
    const { ports } = await createTools();
    const input = { accountId, keyId: 'mine', publicKey };
    const key = unwrap(await registerPublicKey(ports, input));
    expect(key).toEqual({ kind: 'partner', keyId: 'mine', accountId, profile: 'rfc9421', publicKey });
    expect(unwrap(await registerPublicKey(ports, input))).toEqual(key);
    expect(codeOf(await registerPublicKey(ports, { ...input, publicKey: ed25519Pair(2).publicKey }))).toBe('key_taken');
    unwrap(await revokeKey(ports, 'mine'));
    expect(codeOf(await registerPublicKey(ports, input))).toBe('key_taken');
  });

  it('gets an id where none is requested for, and must be one', async () => {
    const { ports } = await createTools();
    expect(unwrap(await registerPublicKey(ports, { accountId, publicKey })).keyId).toMatch(/^key_[a-z2-7]{16}$/);
    for (const text of ['', 'no key', 'A'.repeat(43)])
      expect(codeOf(await registerPublicKey(ports, { accountId, publicKey: text }))).toBe('invalid');
  });
});

describe('what is there', () => {
  it('is listed by id, and shown, but for agents’ keys', async () => {
    const { ports, create, world } = await createTools();
    const own = [await create({ keyId: 'b' }), await create({ keyId: 'a' })].map(({ key }) => key);
    const agent = sampleAgentKey();
    await ports.registry.putKey(agent);
    const ids = unwrap(await listKeys(ports, accountId)).map(({ keyId }) => keyId);
    expect(ids).toEqual([...ids].toSorted());
    expect(ids).toEqual(expect.arrayContaining(['a', 'b', world.partner.key.keyId]));
    expect(ids).not.toContain(agent.keyId);
    expect(unwrap(await showKey(ports, 'b'))).toEqual(own[0]);
    for (const keyId of [agent.keyId, 'nobody', 'not an id'])
      expect(codeOf(await showKey(ports, keyId))).toBe('key_unknown');
  });

  it('may be set to take a DELETE that binds nothing, and back', async () => {
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
