// resolveKey: each version has its own key object, which is cached as long as row, ring and secret are the same objects.
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

describe('a cached key', () => {
  it('is the same object for the same row and ring', () => {
    const row = samplePartnerKey({ versions: TWO_VERSIONS });
    const [first, second] = [material(row), material(row)];
    expect(first).toHaveLength(2);
    for (const [at, key] of first.entries()) expect(second[at]).toBe(key);
  });

  it('is derived again, with the same bytes, for a new row of the same content', () => {
    const row = samplePartnerKey({ versions: TWO_VERSIONS });
    const copy = structuredClone(row);
    expect(material(copy)[0]).not.toBe(material(row)[0]);
    expect(bytesOf(material(copy))).toEqual(bytesOf(material(row)));
  });

  it('is derived again for a ring that was read again, and once more when the old ring is used again', () => {
    const row = samplePartnerKey();
    const other = newRing();
    const [cached, derivedAgain] = [material(row)[0], material(row, other)[0]];
    expect(derivedAgain).not.toBe(cached);
    expect(material(row, other)[0]).toBe(derivedAgain);
    expect(material(row)[0]).not.toBe(derivedAgain);
  });

  it('is different when the ring has another master under the same number', () => {
    const row = samplePartnerKey();
    const before = bytesOf(material(row));
    expect(bytesOf(material(row, parseKeyRing(JSON.stringify({ 1: '44'.repeat(32) }))))).not.toEqual(before);
    expect(bytesOf(material(row))).toEqual(before);
  });

  it('is not used once its version has ended', () => {
    const row = samplePartnerKey({ versions: TWO_VERSIONS });
    const [current, older] = material(row);
    expect([older === undefined, material(row, RING, NOW + 1)]).toEqual([false, [current]]);
  });

  it('belongs to one row, even if two rows share the list of versions', () => {
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

  it('is always derived from its own version and master', () => {
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

  it('is the same object for the same row of a public key, of a partner and of an agent', () => {
    for (const row of [samplePartnerPublicKey(), sampleAgentKey()]) {
      const keyOf = (record: typeof row) => resolveKey(record, undefined, NOW)?.material[0];
      expect(keyOf(row)).toBe(keyOf(row));
      expect(keyOf({ ...row })).not.toBe(keyOf(row));
      expect(keyOf(row)?.export({ format: 'jwk' }).x).toBe(row.publicKey);
    }
  });
});

/** Profiles whose HMAC key is decoded from the secret's text. Source: the table of profiles in the design, section 4. */
const IN_BASE64: readonly OutboundProfileId[] = ['standard-webhooks'];
/** Profiles whose secrets start with `whsec_`. */
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

describe('a key from an imported secret', () => {
  const versions = [
    { version: 2, imported: 'two' },
    { version: 1, master: 1 },
  ] as const;
  const loaded = (...names: readonly string[]) => ({
    ...RING,
    imported: new Map(names.map((name) => [name, new Secret(`secret of ${name}`)])),
  });

  it('has the bytes that the profile takes from its text, and is used beside derived keys', () => {
    const row = samplePartnerKey({ versions });
    const [imported, derived] = bytesOf(material(row, loaded('two')));
    expect(imported).toBe(Buffer.from('secret of two').toString('hex'));
    expect(derived).toBe(byHand(row, versions[1]));
    const decoded = sampleEndpoint({ profile: 'standard-webhooks', versions: [versions[0]] });
    const secrets = { ...RING, imported: new Map([['two', new Secret('whsec_AAEC')]]) };
    expect(bytesOf(activeKeys(decoded, secrets, NOW))).toEqual(['000102']);
  });

  it('is cached while ring, row and secret are the same objects, and derived again for a secret that was read again', () => {
    const row = samplePartnerKey({ versions });
    const secrets = loaded('two');
    const [cached] = material(row, secrets);
    expect(material(row, { ...secrets })[0]).toBe(cached);
    const changed = { ...secrets, imported: new Map([['two', new Secret('another')]]) };
    expect(bytesOf(material(row, changed))[0]).toBe(Buffer.from('another').toString('hex'));
    expect(bytesOf(material(row, secrets))).toEqual(bytesOf([cached as KeyObject, ...material(row)]));
  });

  it('is left out when the secret was not read', () => {
    const row = samplePartnerKey({ versions });
    expect(resolveKey(row, RING, NOW)?.versions).toEqual([1]);
    expect(resolveKey(row, loaded('another'), NOW)?.versions).toEqual([1]);
    expect(() => secretOf(row, versions[0], RING)).toThrow('The imported secret two was not read.');
  });
});

describe('a revoked key', () => {
  it.each([
    ['with a secret', samplePartnerKey({ versions: TWO_VERSIONS, revokedAt: NOW })],
    ['that is public', samplePartnerPublicKey({ revokedAt: NOW })],
    ['of an agent', sampleAgentKey({ revokedAt: NOW })],
  ])('has no key objects: a key %s', (_what, row) => expect(resolveKey(row, RING, NOW)?.material).toEqual([]));
});

describe('a resolved key', () => {
  it('has the version of each of its key objects', () => {
    const row = samplePartnerKey({ versions: [...TWO_VERSIONS, { version: 7, master: 9 }] });
    expect(resolveKey(row, RING, NOW)?.versions).toEqual([2, 1]);
    expect(resolveKey(row, RING, NOW + 1)?.versions).toEqual([2]);
    expect(resolveKey(samplePartnerPublicKey(), RING, NOW)?.versions).toEqual([1]);
  });

  it.each(INBOUND_PROFILES)('has the profile %s and the algorithm HMAC when it has a secret', (profile) => {
    const record = samplePartnerKey({ profile });
    const { keyId } = record;
    expect(resolveKey(record, RING, NOW)).toMatchObject({ keyId, profile, algorithm: 'hmac-sha256', record });
  });

  it('has the profile rfc9421 and the algorithm Ed25519 when it is public, and needs no ring', () => {
    for (const record of [samplePartnerPublicKey(), sampleAgentKey()]) {
      const { keyId } = record;
      const expected = { keyId, profile: 'rfc9421', algorithm: 'ed25519', record };
      for (const ring of [RING, undefined]) expect(resolveKey(record, ring, NOW)).toMatchObject(expected);
    }
  });

  it('is undefined without the ring for a secret, and for a public key that is not a valid point', () => {
    expect(resolveKey(samplePartnerKey(), undefined, NOW)).toBeUndefined();
    const publicKey = Buffer.alloc(32).toString('base64url');
    for (const record of [samplePartnerPublicKey({ publicKey }), sampleAgentKey({ publicKey })])
      for (let times = 0; times < 2; times += 1) expect(resolveKey(record, RING, NOW)).toBeUndefined();
  });

  it('has no key objects once every version has ended', () => {
    expect(material(samplePartnerKey({ versions: [{ version: 1, master: 1, endsAt: NOW }] }))).toEqual([]);
  });

  it('leaves out a version whose master the ring lacks', () => {
    const older = { version: 1, master: 1 };
    const row = samplePartnerKey({ versions: [{ version: 2, master: 9 }, older] });
    for (let times = 0; times < 2; times += 1) expect(material(row)).toEqual(material({ ...row, versions: [older] }));
    expect(material(samplePartnerKey({ versions: [{ version: 1, master: 9 }] }))).toEqual([]);
  });
});

it.each(OUTBOUND_PROFILES)('secretOf returns a text for %s whose prefix says what it is', (profile) => {
  const endpoint = sampleEndpoint({ profile });
  const text = secretOf(endpoint, endpoint.versions[0], RING).reveal();
  expect(text).toMatch(WHSEC.includes(profile) ? /^whsec_[A-Za-z0-9+/]{43}=$/ : /^sk_[A-Za-z0-9_-]{43}$/);
});
