// From rows to key material: each version's own, kept as long as row and ring are the same objects, never mixed up.
import { createSecretKey, type KeyObject } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  INBOUND_PROFILES,
  OUTBOUND_PROFILES,
  type OutboundProfileId,
} from '../../../lib/protocol/profiles/profiles.ts';
import { Secret } from '../../../lib/protocol/secret.ts';
import { activeKeys, resolveKey, secretOf } from '../../../lib/relay/keys/resolve-key.ts';
import { deriveSecret, type KeyRing, parseKeyRing } from '../../../lib/relay/model/key-ring.ts';
import type { DerivedVersion, Endpoint, PartnerSecretKey } from '../../../lib/relay/model/records.ts';
import {
  NOW,
  sampleAgentKey,
  sampleEndpoint,
  samplePartnerKey,
  samplePartnerPublicKey,
} from '../../support/relay/samples.ts';

const RING_TEXT = JSON.stringify({ 1: '11'.repeat(32), 2: '22'.repeat(32), 3: '33'.repeat(32) });
const newRing = () => parseKeyRing(RING_TEXT);
const RING = newRing();

const TWO_VERSIONS = [
  { version: 2, master: 2 },
  { version: 1, master: 1, endsAt: NOW + 1 },
] as const;

const bytesOf = (keys: readonly KeyObject[] = []) => keys.map((key) => key.export().toString('hex'));
const material = (row: PartnerSecretKey, ring: KeyRing | undefined = RING, nowMs = NOW) =>
  resolveKey(row, ring, nowMs)?.material ?? [];

describe('a kept key', () => {
  it('is the same object for the same row and ring', () => {
    const row = samplePartnerKey({ versions: TWO_VERSIONS });
    const [first, second] = [material(row), material(row)];
    expect(first).toHaveLength(2);
    for (const [at, key] of first.entries()) expect(second[at]).toBe(key);
  });

  it('is made anew, and equal, for a new row of the same content', () => {
    const row = samplePartnerKey({ versions: TWO_VERSIONS });
    const copy = structuredClone(row);
    expect(material(copy)[0]).not.toBe(material(row)[0]);
    expect(bytesOf(material(copy))).toEqual(bytesOf(material(row)));
  });

  it('is made anew for a ring that was read again, and again when the old one comes back', () => {
    const row = samplePartnerKey();
    const other = newRing();
    const [kept, remade] = [material(row)[0], material(row, other)[0]];
    expect(remade).not.toBe(kept);
    expect(material(row, other)[0]).toBe(remade);
    expect(material(row)[0]).not.toBe(remade);
  });

  it('follows the ring: another master under the same number is another key', () => {
    const row = samplePartnerKey();
    const before = bytesOf(material(row));
    expect(bytesOf(material(row, parseKeyRing(JSON.stringify({ 1: '44'.repeat(32) }))))).not.toEqual(before);
    expect(bytesOf(material(row))).toEqual(before);
  });

  it('is not handed out once its version has ended', () => {
    const row = samplePartnerKey({ versions: TWO_VERSIONS });
    const [current, older] = material(row);
    expect([older === undefined, material(row, RING, NOW + 1)]).toEqual([false, [current]]);
  });

  it('is no other’s, although two rows share the list of versions', () => {
    const versions = TWO_VERSIONS;
    const rows = [sampleEndpoint({ versions }), sampleEndpoint({ versions }), samplePartnerKey({ versions })];
    const [first] = rows;
    const namesake = samplePartnerKey({ keyId: (first as Endpoint).endpointId, versions });
    const keys = [...rows, namesake].flatMap((row) => bytesOf(activeKeys(row, RING, NOW)));
    expect(new Set(keys).size).toBe(8);
  });

  const versions = fc.array(
    fc.record({
      version: fc.integer({ min: 1, max: 4 }),
      master: fc.constantFrom(1, 2, 3),
      endsAt: fc.constantFrom(undefined, NOW, NOW + 1),
    }),
    { minLength: 1, maxLength: 5 },
  );
  const owners = fc.oneof(
    fc.constantFrom(...INBOUND_PROFILES).map((profile) => samplePartnerKey({ profile })),
    fc.constantFrom(...OUTBOUND_PROFILES).map((profile) => sampleEndpoint({ profile })),
  );

  it('is always the one that its own version and master give', () => {
    fc.assert(
      fc.property(
        owners,
        versions,
        fc.array(fc.constantFrom(NOW - 1, NOW, NOW + 1), { minLength: 1 }),
        (owner, list, clocks) => {
          const row = { ...owner, versions: list as unknown as Endpoint['versions'] };
          for (const nowMs of clocks) {
            const active = list.filter(({ endsAt }) => endsAt === undefined || endsAt > nowMs);
            expect(bytesOf(activeKeys(row, RING, nowMs))).toEqual(active.map((version) => byHand(owner, version)));
          }
        },
      ),
    );
  });

  it('of a public key is the same object for the same row, of a partner as of an agent', () => {
    for (const row of [samplePartnerPublicKey(), sampleAgentKey()]) {
      const keyOf = (one: typeof row) => resolveKey(one, undefined, NOW)?.material[0];
      expect(keyOf(row)).toBe(keyOf(row));
      expect(keyOf({ ...row })).not.toBe(keyOf(row));
      expect(keyOf(row)?.export({ format: 'jwk' }).x).toBe(row.publicKey);
    }
  });
});

/** What the text of a secret is and which of its bytes are the key: design, section 4. */
const IN_BASE64: readonly OutboundProfileId[] = ['standard-webhooks'];
const WHSEC: readonly OutboundProfileId[] = ['standard-webhooks', 'tolinku'];

function byHand(owner: PartnerSecretKey | Endpoint, { version, master }: DerivedVersion): string {
  const isEndpoint = 'endpointId' in owner;
  const id = isEndpoint ? owner.endpointId : owner.keyId;
  const name = { direction: isEndpoint ? 'outbound' : 'inbound', accountId: owner.accountId, id, version } as const;
  const prefix = isEndpoint && WHSEC.includes(owner.profile) ? 'whsec_' : 'sk_';
  const text = deriveSecret(RING, master, name, prefix).reveal();
  const isDecoded = isEndpoint && IN_BASE64.includes(owner.profile);
  return bytesOf([createSecretKey(isDecoded ? Buffer.from(text.slice(6), 'base64') : Buffer.from(text))]).join();
}

describe('a key of an imported secret', () => {
  const versions = [
    { version: 2, imported: 'two' },
    { version: 1, master: 1 },
  ] as const;
  const stockOf = (...names: readonly string[]) => ({
    ...RING,
    imported: new Map(names.map((name) => [name, new Secret(`secret of ${name}`)])),
  });

  it('is of its text, as the profile takes it, beside the derived ones', () => {
    const row = samplePartnerKey({ versions });
    const [imported, derived] = bytesOf(material(row, stockOf('two')));
    expect(imported).toBe(Buffer.from('secret of two').toString('hex'));
    expect(derived).toBe(byHand(row, versions[1]));
    const decoded = sampleEndpoint({ profile: 'standard-webhooks', versions: [versions[0]] });
    const stock = { ...RING, imported: new Map([['two', new Secret('whsec_AAEC')]]) };
    expect(bytesOf(activeKeys(decoded, stock, NOW))).toEqual(['000102']);
  });

  it('is kept while ring, row and secret are the same, and made anew for a secret that was read again', () => {
    const row = samplePartnerKey({ versions });
    const stock = stockOf('two');
    const [kept] = material(row, stock);
    expect(material(row, { ...stock })[0]).toBe(kept);
    const changed = { ...stock, imported: new Map([['two', new Secret('another')]]) };
    expect(bytesOf(material(row, changed))[0]).toBe(Buffer.from('another').toString('hex'));
    expect(bytesOf(material(row, stock))).toEqual(bytesOf([kept as KeyObject, ...material(row)]));
  });

  it('is of no use where the secret was not read', () => {
    const row = samplePartnerKey({ versions });
    expect(resolveKey(row, RING, NOW)?.versions).toEqual([1]);
    expect(resolveKey(row, stockOf('another'), NOW)?.versions).toEqual([1]);
    expect(() => secretOf(row, versions[0], RING)).toThrow('The imported secret two was not read.');
  });
});

describe('a revoked key', () => {
  it.each([
    ['of a secret', samplePartnerKey({ versions: TWO_VERSIONS, revokedAt: NOW })],
    ['that is public', samplePartnerPublicKey({ revokedAt: NOW })],
    ['of an agent', sampleAgentKey({ revokedAt: NOW })],
  ])('%s has no material', (_what, row) => expect(resolveKey(row, RING, NOW)?.material).toEqual([]));
});

describe('a resolved key', () => {
  it('says of each of its keys which version it is', () => {
    const row = samplePartnerKey({ versions: [...TWO_VERSIONS, { version: 7, master: 9 }] });
    expect(resolveKey(row, RING, NOW)?.versions).toEqual([2, 1]);
    expect(resolveKey(row, RING, NOW + 1)?.versions).toEqual([2]);
    expect(resolveKey(samplePartnerPublicKey(), RING, NOW)?.versions).toEqual([1]);
  });

  it.each(INBOUND_PROFILES)('of a secret names %s and HMAC', (profile) => {
    const record = samplePartnerKey({ profile });
    const { keyId } = record;
    expect(resolveKey(record, RING, NOW)).toMatchObject({ keyId, profile, algorithm: 'hmac-sha256', record });
  });

  it('of a public key names rfc9421 and Ed25519, and needs no ring', () => {
    for (const record of [samplePartnerPublicKey(), sampleAgentKey()]) {
      const { keyId } = record;
      const expected = { keyId, profile: 'rfc9421', algorithm: 'ed25519', record };
      for (const ring of [RING, undefined]) expect(resolveKey(record, ring, NOW)).toMatchObject(expected);
    }
  });

  it('is none where a secret’s ring, or a public key’s point, is missing', () => {
    expect(resolveKey(samplePartnerKey(), undefined, NOW)).toBeUndefined();
    const publicKey = Buffer.alloc(32).toString('base64url');
    for (const record of [samplePartnerPublicKey({ publicKey }), sampleAgentKey({ publicKey })])
      for (let times = 0; times < 2; times += 1) expect(resolveKey(record, RING, NOW)).toBeUndefined();
  });

  it('has no material once every version has ended', () => {
    expect(material(samplePartnerKey({ versions: [{ version: 1, master: 1, endsAt: NOW }] }))).toEqual([]);
  });

  it('has nothing of a master that the ring has not: such a version is of no use here', () => {
    const older = { version: 1, master: 1 };
    const row = samplePartnerKey({ versions: [{ version: 2, master: 9 }, older] });
    for (let times = 0; times < 2; times += 1) expect(material(row)).toEqual(material({ ...row, versions: [older] }));
    expect(material(samplePartnerKey({ versions: [{ version: 1, master: 9 }] }))).toEqual([]);
  });
});

it.each(OUTBOUND_PROFILES)('the secret text of %s says by its prefix what it is', (profile) => {
  const endpoint = sampleEndpoint({ profile });
  const text = secretOf(endpoint, endpoint.versions[0], RING).reveal();
  expect(text).toMatch(WHSEC.includes(profile) ? /^whsec_[A-Za-z0-9+/]{43}=$/ : /^sk_[A-Za-z0-9_-]{43}$/);
});
