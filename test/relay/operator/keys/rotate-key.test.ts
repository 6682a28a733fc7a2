// Rotation: which secret is accepted when, that no change is lost, and that a crash leaves a working key.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../lib/api/limits.ts';
import { Secret } from '../../../../lib/protocol/secret.ts';
import { isActive } from '../../../../lib/relay/keys/resolve-key.ts';
import type { SecretVersions } from '../../../../lib/relay/model/records.ts';
import { registerPublicKey } from '../../../../lib/relay/operator/keys/keys.ts';
import { revokeKey } from '../../../../lib/relay/operator/keys/revoke-key.ts';
import { rotateKey, rotateVersions } from '../../../../lib/relay/operator/keys/rotate-key.ts';
import { ACCOUNT, DAY, NOW, SECOND, sampleAgentKey } from '../../../support/relay/samples.ts';
import { ed25519Pair } from '../../../support/signing/signing.ts';
import { codeOf, createTools, unwrap } from './key-tools.ts';
import { ignoreKill, killAtCall } from './killed-process.ts';

const OWN = 'an imported secret text';
const NEXT = 'the next imported text';
/** The number of the first derived version: the time in seconds. A version in the same second gets the next number. */
const FIRST = Math.floor(NOW / SECOND);

async function ready() {
  const tools = await createTools();
  const first = await tools.create({ keyId: 'mine' });
  const { ports } = tools;
  const rotate = (input: Parameters<typeof rotateKey>[2] = {}) => rotateKey(ports, 'mine', input);
  return { ...tools, first, rotate, revoke: (version?: number) => revokeKey(ports, 'mine', { version }) };
}

describe('a rotation', () => {
  it('returns a new secret, and accepts the old one for a day', async () => {
    const { first, rotate, statusOf, versionsOf, world } = await ready();
    const second = unwrap(await rotate());
    expect(second.secret.reveal()).not.toBe(first.secret.reveal());
    expect(await versionsOf('mine')).toEqual([
      { version: FIRST + 1, master: 1, createdAt: NOW },
      { version: FIRST, master: 1, createdAt: NOW, endsAt: NOW + DAY },
    ]);
    expect([await statusOf(first), await statusOf(second)]).toEqual([202, 202]);
    world.time.nowMs = NOW + DAY;
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 202]);
  });

  it('derives the new secret from the newest master', async () => {
    const { ports, rotate, statusOf } = await ready();
    ports.inboundRing.store(JSON.stringify({ 1: 'ab'.repeat(32), 2: 'cd'.repeat(32) }));
    const second = unwrap(await rotate());
    expect(second.key.versions[0]).toMatchObject({ version: FIRST + 1, master: 2 });
    expect(await statusOf(second)).toBe(202);
  });

  it('ends the old secret now without an overlap, and may be followed by another at once', async () => {
    const { first, rotate, statusOf } = await ready();
    const second = unwrap(await rotate({ overlapSeconds: 0 }));
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 202]);
    expect(codeOf(await rotate())).toBe('done');
  });

  it('is refused during the overlap of the previous rotation, and accepted after it', async () => {
    const { rotate, world } = await ready();
    await rotate({ overlapSeconds: 60 });
    const repeat = await rotate();
    expect(repeat).toMatchObject({ ok: false, code: 'rotation_in_overlap' });
    expect(repeat).toMatchObject({ message: expect.stringContaining(new Date(NOW + 60 * SECOND).toISOString()) });
    world.passSeconds(60);
    expect(codeOf(await rotate())).toBe('done');
  });

  it('ends the oldest secret if it is forced during an overlap, and accepts the previous one for the new overlap', async () => {
    const { first, rotate, statusOf } = await ready();
    const second = unwrap(await rotate());
    const third = unwrap(await rotate({ force: true }));
    expect([await statusOf(first), await statusOf(second), await statusOf(third)]).toEqual([401, 202, 202]);
  });

  it.each([-1, 0.5, Number.NaN, LIMITS.rotationOverlapMaxSeconds + 1])(
    'is refused with an overlap of %d s',
    async (overlapSeconds) => {
      const { rotate, versionsOf } = await ready();
      expect(codeOf(await rotate({ overlapSeconds }))).toBe('invalid');
      expect(await versionsOf('mine')).toHaveLength(1);
    },
  );

  it('accepts an overlap of seven days', async () => {
    const { rotate, versionsOf } = await ready();
    unwrap(await rotate({ overlapSeconds: LIMITS.rotationOverlapMaxSeconds }));
    expect((await versionsOf('mine'))[1]?.endsAt).toBe(NOW + 7 * DAY);
  });

  it('can lead from an imported secret to another one, and back to a derived one', async () => {
    const { importSecret, ports, statusOf, world } = await createTools();
    const key = unwrap(await importSecret(OWN, { keyId: 'mine' }));
    const second = unwrap(await rotateKey(ports, 'mine', { secret: new Secret(NEXT) }));
    expect(second.secret.reveal()).toBe(NEXT);
    expect([await statusOf({ key, secret: new Secret(OWN) }), await statusOf(second)]).toEqual([202, 202]);
    world.time.nowMs += DAY;
    const third = unwrap(await rotateKey(ports, 'mine', { overlapSeconds: 0 }));
    expect(ports.importedSecrets.names()).toEqual([expect.stringContaining('/mine/2-')]);
    expect([await statusOf(second), await statusOf(third)]).toEqual([401, 202]);
  });

  it('is refused with a secret that this or another key has, or has had', async () => {
    const { importSecret, first, ports, rotate, world } = await ready();
    await importSecret(OWN);
    const used = [OWN, first.secret.reveal()];
    for (const text of used) expect(codeOf(await rotate({ secret: new Secret(text) }))).toBe('secret_in_use');
    unwrap(await rotate());
    world.time.nowMs += DAY + 1;
    for (const text of used) expect(codeOf(await rotate({ secret: new Secret(text) }))).toBe('secret_in_use');
    expect(codeOf(await rotate({ secret: new Secret('short') }))).toBe('invalid');
    expect(ports.importedSecrets.names()).toHaveLength(1);
  });

  it('is refused for a public key, an agent’s key, a revoked key and an unknown key', async () => {
    const { ports, rotate, revoke } = await ready();
    const agent = sampleAgentKey();
    await ports.registry.putKey(agent);
    const input = { accountId: ACCOUNT.accountId, keyId: 'public', publicKey: ed25519Pair(3).publicKey };
    unwrap(await registerPublicKey(ports, input));
    expect(codeOf(await rotateKey(ports, 'public'))).toBe('key_has_no_secret');
    for (const keyId of [agent.keyId, 'nobody']) expect(codeOf(await rotateKey(ports, keyId))).toBe('key_unknown');
    unwrap(await revoke());
    expect(codeOf(await rotate())).toBe('key_revoked');
  });

  it('takes effect once when two commands run at once, and refuses the other for its overlap', async () => {
    const { rotate, statusOf, versionsOf } = await ready();
    const outcomes = await Promise.all([rotate(), rotate()]);
    expect(outcomes.map(codeOf).toSorted()).toEqual(['done', 'rotation_in_overlap']);
    const [winner] = outcomes.filter(({ ok }) => ok).map(unwrap);
    expect(winner && (await statusOf(winner))).toBe(202);
    expect(await versionsOf('mine')).toHaveLength(2);
  });

  it('leaves the key revoked if a revocation runs at the same time', async () => {
    const { rotate, revoke, ports } = await ready();
    const [rotated, revoked] = await Promise.all([rotate(), revoke()]);
    expect(codeOf(revoked)).toBe('done');
    expect(['done', 'key_revoked']).toContain(codeOf(rotated));
    expect(await ports.keys.find('mine')).toMatchObject({ revokedAt: NOW });
  });

  it('is refused after it has lost every race, and removes its imported secret', async () => {
    const { ports, first } = await ready();
    const keys = { ...ports.keys, change: async () => false };
    const outcome = await rotateKey({ ...ports, keys }, 'mine', { secret: new Secret(NEXT) });
    expect(codeOf(outcome)).toBe('changed_meanwhile');
    expect([ports.importedSecrets.names(), await ports.keys.find('mine')]).toEqual([[], first.key]);
    expect(codeOf(await rotateKey(ports, 'mine', { secret: new Secret(NEXT) }))).toBe('done');
  });

  it('can be repeated after it was killed at any step, by force if necessary, and ends no secret early', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.boolean(), async (fatalCall, imports) => {
        const { ports, rotate, statusOf, first, versionsOf } = await ready();
        const input = imports ? { secret: new Secret(NEXT) } : {};
        await ignoreKill(rotateKey(killAtCall(ports, fatalCall), 'mine', input));
        expect(await statusOf(first)).toBe(202);
        const wasDone = (await versionsOf('mine')).length > 1;
        const repeat = await rotate(wasDone ? { force: true } : input);
        expect(await statusOf(unwrap(repeat))).toBe(202);
        expect(await statusOf(first)).toBe(wasDone ? 401 : 202);
      }),
    );
  });
});

describe('the versions after a rotation', () => {
  const endings = fc.option(fc.integer({ min: NOW - 10, max: NOW + 10 }), { nil: undefined });
  const lists = fc.array(endings, { maxLength: 4 }).map((older) => {
    const versions = [undefined, ...older].map((endsAt, index) => ({ version: 9 - index, master: 1, endsAt }));
    return versions as unknown as SecretVersions;
  });
  const overlaps = fc.integer({ min: 0, max: 20 });
  const rotated = (versions: SecretVersions, overlap: number) =>
    rotateVersions(versions, { version: 10, master: 2 }, { nowMs: NOW, overlapEndsAt: NOW + overlap });

  it('begin with the new version, and contain at most one other active version: the previous one', () => {
    fc.assert(
      fc.property(lists, overlaps, (versions, overlap) => {
        const [next, ...older] = rotated(versions, overlap);
        expect(next).toEqual({ version: 10, master: 2 });
        const active = older.filter((version) => isActive(version, NOW)).map(({ version }) => version);
        expect(active).toEqual(overlap > 0 ? [9] : []);
      }),
    );
  });

  it('never end later than before', () => {
    fc.assert(
      fc.property(lists, overlaps, (versions, overlap) => {
        for (const after of rotated(versions, overlap).slice(1)) {
          const before = versions.find(({ version }) => version === after.version)?.endsAt;
          expect(after.endsAt).toBeLessThanOrEqual(before ?? NOW + overlap);
        }
      }),
    );
  });
});
