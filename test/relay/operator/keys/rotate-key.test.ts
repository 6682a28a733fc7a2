// Rotation and revocation: which secret is taken when, that no change is lost, and that a crash leaves a key that works.
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
import { interrupt, survive } from './interrupted.ts';
import { codeOf, createTools, unwrap } from './key-tools.ts';

const OWN = 'theirs since long ago';
const NEXT = 'theirs from now on';
/** A derived version has the time in seconds, and one that follows within the same second the next number. */
const FIRST = Math.floor(NOW / SECOND);

async function ready() {
  const tools = await createTools();
  const first = await tools.create({ keyId: 'mine' });
  const { ports } = tools;
  const rotate = (input: Parameters<typeof rotateKey>[2] = {}) => rotateKey(ports, 'mine', input);
  return { ...tools, first, rotate, revoke: (version?: number) => revokeKey(ports, 'mine', { version }) };
}

describe('a rotation', () => {
  it('gives a new secret, and takes the old one for a day', async () => {
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

  it('is derived from the ring’s newest master', async () => {
    const { ports, rotate, statusOf } = await ready();
    ports.inboundRing.store(JSON.stringify({ 1: 'ab'.repeat(32), 2: 'cd'.repeat(32) }));
    const second = unwrap(await rotate());
    expect(second.key.versions[0]).toMatchObject({ version: FIRST + 1, master: 2 });
    expect(await statusOf(second)).toBe(202);
  });

  it('without overlap ends the old secret now, and another one may follow at once', async () => {
    const { first, rotate, statusOf } = await ready();
    const second = unwrap(await rotate({ overlapSeconds: 0 }));
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 202]);
    expect(codeOf(await rotate())).toBe('done');
  });

  it('is refused while the one before overlaps, and possible when that has ended', async () => {
    const { rotate, world } = await ready();
    await rotate({ overlapSeconds: 60 });
    const again = await rotate();
    expect(again).toMatchObject({ ok: false, code: 'rotation_in_overlap' });
    expect(again).toMatchObject({ message: expect.stringContaining(new Date(NOW + 60 * SECOND).toISOString()) });
    world.passSeconds(60);
    expect(codeOf(await rotate())).toBe('done');
  });

  it('by force inside the overlap ends what is oldest, and keeps the current secret for the overlap', async () => {
    const { first, rotate, statusOf } = await ready();
    const second = unwrap(await rotate());
    const third = unwrap(await rotate({ force: true }));
    expect([await statusOf(first), await statusOf(second), await statusOf(third)]).toEqual([401, 202, 202]);
  });

  it.each([-1, 0.5, Number.NaN, LIMITS.rotationOverlapMaxSeconds + 1])(
    'has no overlap of %d s',
    async (overlapSeconds) => {
      const { rotate, versionsOf } = await ready();
      expect(codeOf(await rotate({ overlapSeconds }))).toBe('invalid');
      expect(await versionsOf('mine')).toHaveLength(1);
    },
  );

  it('may overlap for seven days', async () => {
    const { rotate, versionsOf } = await ready();
    unwrap(await rotate({ overlapSeconds: LIMITS.rotationOverlapMaxSeconds }));
    expect((await versionsOf('mine'))[1]?.endsAt).toBe(NOW + 7 * DAY);
  });

  it('to a secret that is brought along, from one and back to the ring', async () => {
    const { bring, ports, statusOf, world } = await createTools();
    const key = unwrap(await bring(OWN, { keyId: 'mine' }));
    const second = unwrap(await rotateKey(ports, 'mine', { secret: new Secret(NEXT) }));
    expect(second.secret.reveal()).toBe(NEXT);
    expect([await statusOf({ key, secret: new Secret(OWN) }), await statusOf(second)]).toEqual([202, 202]);
    world.time.nowMs += DAY;
    const third = unwrap(await rotateKey(ports, 'mine', { overlapSeconds: 0 }));
    expect(ports.importedSecrets.names()).toEqual([expect.stringContaining('/mine/2-')]);
    expect([await statusOf(second), await statusOf(third)]).toEqual([401, 202]);
  });

  it('to no secret that this or another key has, or has had', async () => {
    const { bring, first, ports, rotate, world } = await ready();
    await bring(OWN);
    const taken = [OWN, first.secret.reveal()];
    for (const text of taken) expect(codeOf(await rotate({ secret: new Secret(text) }))).toBe('secret_in_use');
    unwrap(await rotate());
    world.time.nowMs += DAY + 1;
    for (const text of taken) expect(codeOf(await rotate({ secret: new Secret(text) }))).toBe('secret_in_use');
    expect(codeOf(await rotate({ secret: new Secret('short') }))).toBe('invalid');
    expect(ports.importedSecrets.names()).toHaveLength(1);
  });

  it('of a public key, an agent’s, a revoked one or none is refused, each with its reason', async () => {
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

  it('of two at once, one takes effect, and the other is inside its overlap', async () => {
    const { rotate, statusOf, versionsOf } = await ready();
    const outcomes = await Promise.all([rotate(), rotate()]);
    expect(outcomes.map(codeOf).toSorted()).toEqual(['done', 'rotation_in_overlap']);
    const [won] = outcomes.filter(({ ok }) => ok).map(unwrap);
    expect(won && (await statusOf(won))).toBe(202);
    expect(await versionsOf('mine')).toHaveLength(2);
  });

  it('at the moment of a revocation: the key is revoked, whichever comes first', async () => {
    const { rotate, revoke, ports } = await ready();
    const [rotated, revoked] = await Promise.all([rotate(), revoke()]);
    expect(codeOf(revoked)).toBe('done');
    expect(['done', 'key_revoked']).toContain(codeOf(rotated));
    expect(await ports.keys.find('mine')).toMatchObject({ revokedAt: NOW });
  });

  it('that loses every race gives up, and leaves nothing of the secret that it brought', async () => {
    const { ports, first } = await ready();
    const keys = { ...ports.keys, change: async () => false };
    const outcome = await rotateKey({ ...ports, keys }, 'mine', { secret: new Secret(NEXT) });
    expect(codeOf(outcome)).toBe('changed_meanwhile');
    expect([ports.importedSecrets.names(), await ports.keys.find('mine')]).toEqual([[], first.key]);
    expect(codeOf(await rotateKey(ports, 'mine', { secret: new Secret(NEXT) }))).toBe('done');
  });

  it('that is killed at any step can be run again, by force if need be, and no secret is lost before its time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.boolean(), async (fatal, brings) => {
        const { ports, rotate, statusOf, first, versionsOf } = await ready();
        const input = brings ? { secret: new Secret(NEXT) } : {};
        await survive(rotateKey(interrupt(ports, fatal), 'mine', input));
        expect(await statusOf(first)).toBe(202);
        const wasDone = (await versionsOf('mine')).length > 1;
        const again = await rotate(wasDone ? { force: true } : input);
        expect(await statusOf(unwrap(again))).toBe(202);
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

  it('begin with the new one, and at most one more is taken: the one that was current', () => {
    fc.assert(
      fc.property(lists, overlaps, (versions, overlap) => {
        const [next, ...older] = rotated(versions, overlap);
        expect(next).toEqual({ version: 10, master: 2 });
        const taken = older.filter((version) => isActive(version, NOW)).map(({ version }) => version);
        expect(taken).toEqual(overlap > 0 ? [9] : []);
      }),
    );
  });

  it('never make any of them last longer', () => {
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

describe('a revocation', () => {
  it('of a key is for good, and takes its imported secrets along', async () => {
    const { bring, ports, statusOf } = await createTools();
    const key = unwrap(await bring(OWN, { keyId: 'mine' }));
    const second = unwrap(await rotateKey(ports, 'mine', { secret: new Secret(NEXT) }));
    const revoked = unwrap(await revokeKey(ports, 'mine'));
    expect(revoked).toEqual({ ...second.key, revokedAt: NOW });
    for (const secret of [OWN, NEXT]) expect(await statusOf({ key, secret: new Secret(secret) })).toBe(401);
    expect(ports.importedSecrets.names()).toEqual([]);
  });

  it('again says the same', async () => {
    const { revoke, world } = await ready();
    const first = unwrap(await revoke());
    world.passSeconds(5);
    expect(unwrap(await revoke())).toEqual(first);
  });

  it('of an old version ends it now, and again changes nothing', async () => {
    const { first, revoke, rotate, statusOf, versionsOf, world } = await ready();
    const second = unwrap(await rotate());
    world.passSeconds(5);
    unwrap(await revoke(FIRST));
    const versions = await versionsOf('mine');
    expect(versions[1]).toMatchObject({ version: FIRST, endsAt: NOW + 5 * SECOND });
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 202]);
    world.passSeconds(5);
    unwrap(await revoke(FIRST));
    expect(await versionsOf('mine')).toEqual(versions);
    expect(codeOf(await rotate())).toBe('done');
  });

  it('of the current version, or one that is not there, is refused', async () => {
    const { ports, revoke, rotate } = await ready();
    unwrap(await rotate());
    expect([await revoke(FIRST + 1), await revoke(FIRST + 2)].map(codeOf)).toEqual([
      'version_current',
      'version_unknown',
    ]);
    expect(codeOf(await revokeKey(ports, 'nobody'))).toBe('key_unknown');
    expect(codeOf(await revokeKey(ports, 'nobody', { version: 1 }))).toBe('key_unknown');
  });

  it('of a public key: its requests are an unknown key’s', async () => {
    const { ports, world } = await createTools();
    const partner = await world.makeEd25519Partner(ACCOUNT.accountId);
    expect((await world.get('/api/quota', partner)).status).toBe(200);
    unwrap(await revokeKey(ports, partner.key.keyId));
    world.time.nowMs += 1;
    expect((await world.get('/api/quota', partner)).json.code).toBe('signature_invalid');
    const { versions: _, ...unversioned } = { versions: undefined, ...(await ports.keys.find(partner.key.keyId)) };
    expect(unversioned).toMatchObject({ revokedAt: NOW });
  });

  it('that is killed at any step is carried out when it is run again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.boolean(), async (fatal, whole) => {
        const { ports, bring, statusOf } = await createTools();
        const key = unwrap(await bring(OWN, { keyId: 'mine' }));
        unwrap(await rotateKey(ports, 'mine', { secret: new Secret(NEXT) }));
        const input = whole ? {} : { version: 1 };
        await survive(revokeKey(interrupt(ports, fatal), 'mine', input));
        unwrap(await revokeKey(ports, 'mine', input));
        expect(await statusOf({ key, secret: new Secret(OWN) })).toBe(401);
        expect(ports.importedSecrets.names()).toHaveLength(whole ? 0 : 1);
      }),
    );
  });
});
