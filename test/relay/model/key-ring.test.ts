// Key rings: masters are parsed strictly and never quoted in errors, and secrets are derived from them.
import { createHmac, hkdfSync } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../lib/protocol/secret.ts';
import {
  appendMaster,
  deriveSecret,
  digestSecret,
  formatKeyRing,
  parseKeyRing,
  type SecretName,
} from '../../../lib/relay/model/key-ring.ts';

const HEX = 'ab'.repeat(32);
const NAME: SecretName = { direction: 'inbound', accountId: 'acme', id: 'key-1', version: 1 };

describe('parseKeyRing', () => {
  it('returns the masters by number; the highest number is current', () => {
    const { current, masters } = parseKeyRing(JSON.stringify({ 2: HEX, 10: '00'.repeat(32), 9: '11'.repeat(32) }));
    expect([current, [...masters.keys()]]).toEqual([10, [2, 9, 10]]);
    expect(masters.get(2)).toEqual(Buffer.from(HEX, 'hex'));
  });

  it.each([
    ['nothing', ''],
    ['a text that is not JSON', `{"1":"${HEX}"`],
    ['null', 'null'],
    ['a number', '7'],
    ['a text', `"${HEX}"`],
    ['a list', `["${HEX}"]`],
    ['a ring without a master', '{}'],
    ['upper case', JSON.stringify({ 1: HEX.toUpperCase() })],
    ['too few digits', JSON.stringify({ 1: HEX.slice(1) })],
    ['too many digits', JSON.stringify({ 1: `${HEX}a` })],
    ['a line end', JSON.stringify({ 1: `${HEX}\n` })],
    ['a master that is not a text', '{"1":7}'],
    ['a name that is not a number', JSON.stringify({ one: HEX })],
    ['the number 0', JSON.stringify({ 0: HEX })],
    ['a number with a leading zero', JSON.stringify({ '01': HEX })],
    ['a master as a name', JSON.stringify({ [HEX]: HEX })],
    ['a good master beside a bad one', JSON.stringify({ 1: HEX, 2: `${HEX.slice(2)}zz` })],
  ])('refuses %s, and never quotes the value', (_what, text) => {
    let message = '';
    try {
      parseKeyRing(text);
    } catch (error) {
      message = String(error) + String((error as Error).cause ?? '');
    }
    expect(message).toMatch(/^\w*Error: /);
    expect(message.toLowerCase()).not.toContain('abab');
  });

  it('never quotes the text in an error', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9{}":,]{12,40}$/), (text) => {
        try {
          parseKeyRing(text);
        } catch (error) {
          expect(String(error)).not.toContain(text.slice(0, 8));
        }
      }),
    );
  });
});

describe('a derived secret', () => {
  const ring = parseKeyRing(JSON.stringify({ 1: HEX, 2: '11'.repeat(32) }));
  const text = (name: Partial<SecretName>, master = 1) =>
    deriveSecret(ring, master, { ...NAME, ...name }, 'sk_').reveal();

  it('is HKDF-SHA256 of its master over the length-prefixed name, in every release', () => {
    const parts = ['signet/1', 'inbound', 'acme', 'key-1', '1'];
    const info = Buffer.concat(parts.flatMap((part) => [Buffer.from([0, 0, 0, part.length]), Buffer.from(part)]));
    const bytes = Buffer.from(hkdfSync('sha256', Buffer.from(HEX, 'hex'), Buffer.alloc(0), info, 32));
    expect(text({})).toBe(`sk_${bytes.toString('base64url')}`);
    expect(deriveSecret(ring, 1, NAME, 'whsec_').reveal()).toBe(`whsec_${bytes.toString('base64')}`);
  });

  it('is different for another direction, account, id, version or master', () => {
    const secrets = [
      text({}),
      text({ direction: 'outbound' }),
      text({ accountId: 'acmf' }),
      text({ id: 'key-2' }),
      text({ version: 2 }),
      text({}, 2),
      text({ accountId: 'acmek', id: 'ey-1' }),
    ];
    expect(new Set(secrets).size).toBe(secrets.length);
  });

  it('cannot be derived from a ring without its master', () => {
    expect(() => text({}, 3)).toThrow('The key ring has no master 3.');
  });

  it('prints as three stars', () => {
    expect(JSON.stringify({ secret: deriveSecret(ring, 1, NAME, 'sk_') })).toBe('{"secret":"***"}');
  });
});

describe('appendMaster', () => {
  const rings = fc
    .uniqueArray(fc.integer({ min: 1, max: 999_998 }), { minLength: 1, maxLength: 6 })
    .map((numbers) => parseKeyRing(JSON.stringify(Object.fromEntries(numbers.map((number) => [number, HEX])))));
  const master = Buffer.alloc(32, 7);

  it('keeps every master and adds one, which becomes current', () => {
    fc.assert(
      fc.property(rings, (ring) => {
        const grown = appendMaster(ring, master);
        expect(grown.current).toBe(ring.current + 1);
        expect(grown.masters).toEqual(new Map([...ring.masters, [ring.current + 1, master]]));
      }),
    );
  });

  it('starts from a ring that formatKeyRing and parseKeyRing do not change', () => {
    fc.assert(
      fc.property(rings, (ring) => {
        expect(parseKeyRing(formatKeyRing(ring))).toEqual(ring);
      }),
    );
  });

  it('refuses a master of another size', () => {
    const ring = parseKeyRing(JSON.stringify({ 1: HEX }));
    for (const bytes of [0, 31, 33]) expect(() => appendMaster(ring, Buffer.alloc(bytes))).toThrow('256 bits');
  });
});

describe('the digest of a secret', () => {
  const ring = parseKeyRing(JSON.stringify({ 1: HEX }));
  const digest = (text: string, of = ring) => digestSecret(of, new Secret(text));

  it('is an HMAC under a separate key, which is derived from the first master', () => {
    const info = Buffer.concat(
      ['signet/1', 'same secret'].flatMap((part) => [Buffer.from([0, 0, 0, part.length]), Buffer.from(part)]),
    );
    const key = Buffer.from(hkdfSync('sha256', Buffer.from(HEX, 'hex'), Buffer.alloc(0), info, 32));
    expect(digest('theirs')).toBe(createHmac('sha256', key).update('theirs').digest('hex'));
  });

  it('stays the same when the ring gets more masters', () => {
    expect(digest('theirs', appendMaster(ring, Buffer.alloc(32)))).toBe(digest('theirs'));
  });

  it('is different for another secret and under another ring, so nobody can test a guess without the ring', () => {
    const other = parseKeyRing(JSON.stringify({ 1: 'cd'.repeat(32) }));
    expect(new Set([digest('theirs'), digest('Theirs'), digest('theirs', other)]).size).toBe(3);
  });
});
