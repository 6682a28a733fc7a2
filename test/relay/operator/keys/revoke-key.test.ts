// Revocation: a key is revoked permanently, an old version ends at once, and a repeat completes what a crash interrupted.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../lib/protocol/secret.ts';
import { revokeKey } from '../../../../lib/relay/operator/keys/revoke-key.ts';
import { rotateKey } from '../../../../lib/relay/operator/keys/rotate-key.ts';
import { ACCOUNT, NOW, SECOND } from '../../../support/relay/samples.ts';
import { codeOf, createTools, unwrap } from './key-tools.ts';
import { ignoreKill, killAtCall } from './killed-process.ts';

const OWN = 'an imported secret text';
const NEXT = 'the next imported text';
const FIRST = Math.floor(NOW / SECOND);

async function ready() {
  const tools = await createTools();
  const first = await tools.create({ keyId: 'mine' });
  const { ports } = tools;
  const rotate = (input: Parameters<typeof rotateKey>[2] = {}) => rotateKey(ports, 'mine', input);
  return { ...tools, first, rotate, revoke: (version?: number) => revokeKey(ports, 'mine', { version }) };
}

describe('a revocation', () => {
  it('ends a whole key permanently, and removes its imported secrets', async () => {
    const { importSecret, ports, statusOf } = await createTools();
    const key = unwrap(await importSecret(OWN, { keyId: 'mine' }));
    const second = unwrap(await rotateKey(ports, 'mine', { secret: new Secret(NEXT) }));
    const revoked = unwrap(await revokeKey(ports, 'mine'));
    expect(revoked).toEqual({ ...second.key, revokedAt: NOW });
    for (const secret of [OWN, NEXT]) expect(await statusOf({ key, secret: new Secret(secret) })).toBe(401);
    expect(ports.importedSecrets.names()).toEqual([]);
  });

  it('returns the same key when it is repeated', async () => {
    const { revoke, world } = await ready();
    const first = unwrap(await revoke());
    world.passSeconds(5);
    expect(unwrap(await revoke())).toEqual(first);
  });

  it('ends an old version now, and changes nothing when it is repeated', async () => {
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

  it('is refused for the current version, an unknown version and an unknown key', async () => {
    const { ports, revoke, rotate } = await ready();
    unwrap(await rotate());
    expect([await revoke(FIRST + 1), await revoke(FIRST + 2)].map(codeOf)).toEqual([
      'version_current',
      'version_unknown',
    ]);
    expect(codeOf(await revokeKey(ports, 'nobody'))).toBe('key_unknown');
    expect(codeOf(await revokeKey(ports, 'nobody', { version: 1 }))).toBe('key_unknown');
  });

  it('makes requests with a public key fail like those with an unknown key', async () => {
    const { ports, world } = await createTools();
    const partner = await world.makeEd25519Partner(ACCOUNT.accountId);
    expect((await world.get('/api/quota', partner)).status).toBe(200);
    unwrap(await revokeKey(ports, partner.key.keyId));
    world.time.nowMs += 1;
    expect((await world.get('/api/quota', partner)).json.code).toBe('signature_invalid');
    const { versions: _, ...unversioned } = { versions: undefined, ...(await ports.keys.find(partner.key.keyId)) };
    expect(unversioned).toMatchObject({ revokedAt: NOW });
  });

  it('is completed by a repeat after it was killed at any step', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.boolean(), async (fatalCall, whole) => {
        const { ports, importSecret, statusOf } = await createTools();
        const key = unwrap(await importSecret(OWN, { keyId: 'mine' }));
        unwrap(await rotateKey(ports, 'mine', { secret: new Secret(NEXT) }));
        const input = whole ? {} : { version: 1 };
        await ignoreKill(revokeKey(killAtCall(ports, fatalCall), 'mine', input));
        unwrap(await revokeKey(ports, 'mine', input));
        expect(await statusOf({ key, secret: new Secret(OWN) })).toBe(401);
        expect(ports.importedSecrets.names()).toHaveLength(whole ? 0 : 1);
      }),
    );
  });
});
