// What every keeper of partners' keys must do: give an id once, lose no change to another one, and keep when each was used.
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

export function describeKeysContract(makePorts: () => KeysContractPorts): void {
  it.each([
    ['a secret key', () => samplePartnerKey({ versions: TWO, allowUnboundDelete: false })],
    ['a revoked key', () => samplePartnerKey({ revokedAt: 7 })],
    ['a public key', () => samplePartnerPublicKey()],
  ])('gives %s back as it was made, to operators and to requests', async (_what, makeKey) => {
    const { keys, freshDirectory } = makePorts();
    const key = makeKey();
    expect(await keys.create(key)).toBe(true);
    expect([await keys.find(key.keyId), await freshDirectory().findKey(key.keyId)]).toEqual([key, key]);
  });

  it('gives an id to the first who asks, and changes nothing for the second', async () => {
    const { keys } = makePorts();
    const [first, second] = [samplePartnerKey(), samplePartnerPublicKey({ accountId: unique('account') })];
    expect(await keys.create(first)).toBe(true);
    expect(await keys.create({ ...second, keyId: first.keyId })).toBe(false);
    expect(await keys.find(first.keyId)).toEqual(first);
  });

  it('gives no id that an agent has', async () => {
    const { keys, registry } = makePorts();
    const agent = sampleAgentKey();
    await registry.putKey(agent);
    expect(await keys.create(samplePartnerKey({ keyId: agent.keyId }))).toBe(false);
    expect(await keys.find(agent.keyId)).toEqual(agent);
  });

  it('of ten at once for one id, one gets it', async () => {
    const { keys } = makePorts();
    const keyId = unique('key-');
    const inputs = Array.from({ length: 10 }, (_, index) => samplePartnerKey({ keyId, accountId: `account${index}` }));
    const made = await Promise.all(inputs.map((key) => keys.create(key)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await keys.find(keyId)).toEqual(inputs[made.indexOf(true)]);
  });

  describe('a change', () => {
    it('takes effect on what was read, and can take away what was there', async () => {
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
      ['a version ends since', { versions: [{ version: 1, master: 1, endsAt: 9 }] }],
      ['it is revoked since', { revokedAt: 9 }],
      ['it may do more since', { allowUnboundDelete: true }],
    ] as const)('does not, where %s', async (_what, meanwhile) => {
      const { keys } = makePorts();
      const read = samplePartnerKey();
      await keys.create(read);
      const standing: PartnerSecretKey = { ...read, ...meanwhile };
      expect(await keys.change(read, standing)).toBe(true);
      expect(await keys.change(read, { ...read, revokedAt: 1 })).toBe(false);
      expect(await keys.find(read.keyId)).toEqual(standing);
    });

    it('does not bring back a key that is gone', async () => {
      const { keys } = makePorts();
      const key = samplePartnerPublicKey();
      expect(await keys.change(key, { ...key, revokedAt: 1 })).toBe(false);
      expect(await keys.find(key.keyId)).toBeUndefined();
    });

    it('of ten at once from one reading, one takes effect', async () => {
      const { keys } = makePorts();
      const read = samplePartnerKey();
      await keys.create(read);
      const changes = Array.from({ length: 10 }, (_, index): PartnerSecretKey => ({ ...read, revokedAt: index }));
      const done = await Promise.all(changes.map((changed) => keys.change(read, changed)));
      expect(done.filter(Boolean)).toHaveLength(1);
      expect(await keys.find(read.keyId)).toEqual(changes[done.indexOf(true)]);
    });
  });

  it('lists the keys of an account, whoever made them: no agent’s, and none of another account', async () => {
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

  it('lists more keys than one read takes', async () => {
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

    it('is noted for its version, and not again before it is old', async () => {
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

    it('survives a change that read the key before, and goes with its version', async () => {
      const ports = makePorts();
      const read = samplePartnerKey({ versions: TWO });
      await ports.keys.create(read);
      for (const version of [1, 2]) await ports.keyUses.record({ keyId: read.keyId, version, nowMs: NOW }, NOW - 1);
      expect(await ports.keys.change(read, { ...read, versions: [{ version: 3, master: 1 }, TWO[0]] })).toBe(true);
      expect(await lastUse(ports, read.keyId)).toEqual({ 2: NOW });
    });

    it('of a public key is noted, and survives that it is revoked', async () => {
      const ports = makePorts();
      const read = samplePartnerPublicKey();
      await ports.keys.create(read);
      await ports.keyUses.record({ keyId: read.keyId, version: 1, nowMs: NOW }, NOW - 1);
      expect(await ports.keys.change(read, { ...read, revokedAt: 4 })).toBe(true);
      expect(await ports.keys.find(read.keyId)).toEqual({ ...read, revokedAt: 4, lastUsedAt: { 1: NOW } });
    });

    it('makes no key', async () => {
      const { keys, keyUses } = makePorts();
      const keyId = unique('key-');
      await keyUses.record({ keyId, version: 1, nowMs: NOW }, NOW - 1);
      expect(await keys.find(keyId)).toBeUndefined();
    });
  });
}
