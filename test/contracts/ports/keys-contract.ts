// The contract of key registers: an id is used once, no change overwrites another one, and the last use of a key is kept.
import { describe, expect, it } from 'vitest';
import type { Directory, KeyUses } from '../../../lib/relay/model/ports.ts';
import type { PartnerSecretKey } from '../../../lib/relay/model/records.ts';
import type { KeyRegister, Registry } from '../../../lib/relay/operator/operator-ports.ts';
import {
  HOUR,
  NOW,
  sampleAgentKey,
  samplePartnerKey,
  samplePartnerPublicKey,
  unique,
} from '../../support/relay/samples.ts';

export interface KeysContractPorts {
  readonly keys: KeyRegister;
  readonly keyUses: KeyUses;
  readonly registry: Registry;
  freshDirectory(): Directory;
}

const TWO = [
  { version: 2, imported: 'signet/test/imported/inbound/a/k/2-0', createdAt: 4 },
  { version: 1, master: 1, endsAt: 5 },
] as const;

/** Describes the tests that every register of keys and their uses must pass. */
export function describeKeysContract(makePorts: () => KeysContractPorts): void {
  it.each([
    ['a secret key', () => samplePartnerKey({ versions: TWO, allowUnboundDelete: false })],
    ['a revoked key', () => samplePartnerKey({ revokedAt: 7 })],
    ['a public key', () => samplePartnerPublicKey()],
  ])('returns %s as it was created, to operators and to requests', async (_what, makeKey) => {
    const { keys, freshDirectory } = makePorts();
    const key = makeKey();
    expect(await keys.create(key)).toBe(true);
    expect([await keys.find(key.keyId), await freshDirectory().findKey(key.keyId)]).toEqual([key, key]);
  });

  it('creates the first key with an id, and refuses the second', async () => {
    const { keys } = makePorts();
    const [first, second] = [samplePartnerKey(), samplePartnerPublicKey({ accountId: unique('account') })];
    expect(await keys.create(first)).toBe(true);
    expect(await keys.create({ ...second, keyId: first.keyId })).toBe(false);
    expect(await keys.find(first.keyId)).toEqual(first);
  });

  it('refuses the id of an agent’s key', async () => {
    const { keys, registry } = makePorts();
    const agent = sampleAgentKey();
    await registry.putKey(agent);
    expect(await keys.create(samplePartnerKey({ keyId: agent.keyId }))).toBe(false);
    expect(await keys.find(agent.keyId)).toEqual(agent);
  });

  it('creates one of ten keys that use one id at once', async () => {
    const { keys } = makePorts();
    const keyId = unique('key-');
    const inputs = Array.from({ length: 10 }, (_, index) => samplePartnerKey({ keyId, accountId: `account${index}` }));
    const created = await Promise.all(inputs.map((key) => keys.create(key)));
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(await keys.find(keyId)).toEqual(inputs[created.indexOf(true)]);
  });

  describe('a change', () => {
    it('takes effect on the key that was read, and can remove a field', async () => {
      const { keys } = makePorts();
      const before = samplePartnerKey({ versions: TWO, allowUnboundDelete: true });
      const { allowUnboundDelete: _, ...rest } = before;
      const after: PartnerSecretKey = { ...rest, versions: [{ version: 3, master: 2 }, TWO[0]], revokedAt: 8 };
      await keys.create(before);
      expect(await keys.change(before, { ...after, allowUnboundDelete: undefined })).toBe(true);
      expect(await keys.find(before.keyId)).toEqual(after);
    });

    it.each([
      ['its versions have changed', { versions: [{ version: 2, master: 1 }] }],
      ['a version has ended', { versions: [{ version: 1, master: 1, endsAt: 9 }] }],
      ['it was revoked', { revokedAt: 9 }],
      ['its settings have changed', { allowUnboundDelete: true }],
    ] as const)('is refused if %s since it was read', async (_what, otherChange) => {
      const { keys } = makePorts();
      const read = samplePartnerKey();
      await keys.create(read);
      const current: PartnerSecretKey = { ...read, ...otherChange };
      expect(await keys.change(read, current)).toBe(true);
      expect(await keys.change(read, { ...read, revokedAt: 1 })).toBe(false);
      expect(await keys.find(read.keyId)).toEqual(current);
    });

    it('creates no key that does not exist', async () => {
      const { keys } = makePorts();
      const key = samplePartnerPublicKey();
      expect(await keys.change(key, { ...key, revokedAt: 1 })).toBe(false);
      expect(await keys.find(key.keyId)).toBeUndefined();
    });

    it('takes effect once when ten changes start from one reading', async () => {
      const { keys } = makePorts();
      const read = samplePartnerKey();
      await keys.create(read);
      const changes = Array.from({ length: 10 }, (_, index): PartnerSecretKey => ({ ...read, revokedAt: index }));
      const done = await Promise.all(changes.map((changed) => keys.change(read, changed)));
      expect(done.filter(Boolean)).toHaveLength(1);
      expect(await keys.find(read.keyId)).toEqual(changes[done.indexOf(true)]);
    });
  });

  it('lists all partners’ keys of an account, and no agent’s key and none of another account', async () => {
    const { keys, registry } = makePorts();
    const accountId = unique('account');
    const own = [samplePartnerKey({ accountId, revokedAt: 3 }), samplePartnerPublicKey({ accountId })];
    for (const key of own) await keys.create(key);
    const put = samplePartnerKey({ accountId });
    await registry.putKey(put);
    await registry.putKey(sampleAgentKey({ accountId }));
    const foreign = samplePartnerKey({ accountId: `${accountId}0` });
    await keys.create(foreign);
    await keys.create(samplePartnerKey({ accountId, keyId: foreign.keyId }));
    const listed = await keys.list(accountId);
    expect(listed).toHaveLength(3);
    expect(listed).toEqual(expect.arrayContaining([...own, put]));
    expect(await keys.list(unique('account'))).toEqual([]);
  });

  it('lists more keys than one read returns', async () => {
    const { keys } = makePorts();
    const accountId = unique('account');
    const own = Array.from({ length: 101 }, () => samplePartnerKey({ accountId }));
    await Promise.all(own.map((key) => keys.create(key)));
    expect(new Set((await keys.list(accountId)).map(({ keyId }) => keyId))).toEqual(
      new Set(own.map(({ keyId }) => keyId)),
    );
  });

  describe('a use', () => {
    const lastUse = async ({ keys }: KeysContractPorts, keyId: string) => {
      const key = await keys.find(keyId);
      return key?.kind === 'partner' ? key.lastUsedAt : undefined;
    };

    it('is recorded for its version, and not again while the record is recent', async () => {
      const ports = makePorts();
      const { keyId } = samplePartnerKey();
      await ports.keys.create(samplePartnerKey({ keyId, versions: TWO }));
      const use = (version: number, nowMs: number) => ports.keyUses.record({ keyId, version, nowMs }, nowMs - HOUR);
      await use(2, NOW);
      await use(1, NOW + 5);
      await use(2, NOW + HOUR);
      expect(await lastUse(ports, keyId)).toEqual({ 1: NOW + 5, 2: NOW });
      await use(2, NOW + HOUR + 1);
      expect(await lastUse(ports, keyId)).toEqual({ 1: NOW + 5, 2: NOW + HOUR + 1 });
      const seen = await ports.freshDirectory().findKey(keyId);
      expect(seen).toMatchObject({ lastUsedAt: { 1: NOW + 5, 2: NOW + HOUR + 1 } });
    });

    it('is kept by a change that read the key earlier, and removed with its version', async () => {
      const ports = makePorts();
      const read = samplePartnerKey({ versions: TWO });
      await ports.keys.create(read);
      for (const version of [1, 2]) await ports.keyUses.record({ keyId: read.keyId, version, nowMs: NOW }, NOW - 1);
      expect(await ports.keys.change(read, { ...read, versions: [{ version: 3, master: 1 }, TWO[0]] })).toBe(true);
      expect(await lastUse(ports, read.keyId)).toEqual({ 2: NOW });
    });

    it('is recorded for a public key, and kept when the key is revoked', async () => {
      const ports = makePorts();
      const read = samplePartnerPublicKey();
      await ports.keys.create(read);
      await ports.keyUses.record({ keyId: read.keyId, version: 1, nowMs: NOW }, NOW - 1);
      expect(await ports.keys.change(read, { ...read, revokedAt: 4 })).toBe(true);
      expect(await ports.keys.find(read.keyId)).toEqual({ ...read, revokedAt: 4, lastUsedAt: { 1: NOW } });
    });

    it('creates no key', async () => {
      const { keys, keyUses } = makePorts();
      const keyId = unique('key-');
      await keyUses.record({ keyId, version: 1, nowMs: NOW }, NOW - 1);
      expect(await keys.find(keyId)).toBeUndefined();
    });
  });
}
