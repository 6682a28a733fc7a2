// Public keys of agents: which texts are valid keys, and why points of small order are not.
import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPublicKey, parsePublicKey, thumbprintOf } from '../../../lib/protocol/signatures/ed25519-public-key.ts';
import {
  add,
  BASE,
  encodePoint,
  IDENTITY,
  L,
  multiply,
  type Point,
  pointsAt,
  textsOfY,
  toScalar,
} from './edwards25519.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const text = formatPublicKey(publicKey);

const same = ([x1, y1]: Point, [x2, y2]: Point) => x1 === x2 && y1 === y2;

/** Returns the eight points of small order. L times any point has small order; the first one of order 8 generates all. */
function findTorsion(): readonly Point[] {
  for (let y = 2n; ; y += 1n) {
    const [point] = pointsAt(y);
    const generator = point && multiply(L, point);
    if (generator && !same(multiply(4n, generator), IDENTITY))
      return Array.from({ length: 8 }, (_, times) => multiply(BigInt(times), generator));
  }
}

const TORSION = findTorsion();
const SIGNS = [0, 1] as const;
const ENCODINGS = TORSION.flatMap((point) => textsOfY(point).flatMap((y) => SIGNS.map((bit) => encodePoint(y, bit))));

describe('the arithmetic of this test', () => {
  test('is the arithmetic of the curve: the base point is the published one, and L times it is the identity', () => {
    expect(same(multiply(L, BASE), IDENTITY)).toBe(true);
    expect(encodePoint(BASE[1], 0).toString('hex')).toBe('58'.padEnd(64, '6'));
    expect(TORSION.every((point) => same(multiply(8n, point), IDENTITY))).toBe(true);
    expect(new Set(TORSION.map(String)).size).toBe(8);
  });

  test('agrees with Node: [S]B = R + [k]A for a real signature', () => {
    const message = Buffer.from('message');
    const signature = sign(null, message, privateKey);
    const raw = Buffer.from(text, 'base64url');
    const decode = (bytes: Buffer) => {
      const y = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`) & (2n ** 255n - 1n);
      return pointsAt(y).find(([x]) => Number(x & 1n) === bytes.readUInt8(31) >> 7) ?? IDENTITY;
    };
    const k = toScalar(createHash('sha512').update(signature.subarray(0, 32)).update(raw).update(message).digest());
    const left = multiply(toScalar(signature.subarray(32)), BASE);
    expect(same(left, add(decode(signature.subarray(0, 32)), multiply(k, decode(raw))))).toBe(true);
  });
});

describe('a point of small order', () => {
  test('has one of seven y coordinates, two of which only a lenient decoder accepts', () => {
    const unsigned = new Set(TORSION.flatMap((point) => textsOfY(point).map((y) => encodePoint(y, 0).toString('hex'))));
    expect([...unsigned].sort()).toEqual([
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    ]);
  });

  test.each([...new Set(ENCODINGS.map((bytes) => bytes.toString('hex')))])('is refused as a key: %s', (hex) => {
    expect(parsePublicKey(Buffer.from(hex, 'hex').toString('base64url'))).toBeUndefined();
  });

  // The forger has no private key. The signature is S = 0 and R = the identity. [0]B = R + [k]A holds whenever k is a
  // multiple of the order of A. That is true for at least one message in eight, and for every message if A is the identity.
  // ([k]A equals [k mod 8]A, because eight times A is the identity, as tested above.) So a signature under such a key
  // proves nothing. OpenSSL 3.0 accepts these forgeries; the OpenSSL 3.5 of our Node refuses the keys itself. We refuse
  // them at enrolment, so that we do not depend on the version.
  test('is a key for which anybody can forge signatures', () => {
    const R = encodePoint(1n, 0);
    for (const point of TORSION) {
      const raw = encodePoint(point[1], Number(point[0] & 1n) as 0 | 1);
      const forged = Array.from({ length: 200 }, (_, number) => `message ${number}`).filter((message) => {
        const k = toScalar(createHash('sha512').update(R).update(raw).update(message).digest());
        return same(multiply(0n, BASE), add(IDENTITY, multiply(k % 8n, point)));
      });
      expect(forged.length).toBeGreaterThan(0);
    }
  });
});

describe('a public key', () => {
  test('is formatted as 43 characters and parsed back to the same key', () => {
    expect(text).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(parsePublicKey(text)?.equals(publicKey)).toBe(true);
  });

  test('has a thumbprint, the SHA-256 of its raw bytes, which is a valid key id', () => {
    expect(thumbprintOf(text)).toBe(createHash('sha256').update(Buffer.from(text, 'base64url')).digest('base64url'));
    expect(thumbprintOf(text)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test.each([
    ['an empty text', ''],
    ['31 bytes', Buffer.alloc(31, 7).toString('base64url')],
    ['33 bytes', Buffer.alloc(33, 7).toString('base64url')],
    ['64 bytes', Buffer.alloc(64, 7).toString('base64url')],
    ['padding', `${text}=`],
    ['base64', Buffer.alloc(32, 0xfb).toString('base64')],
    ['hex', Buffer.from(text, 'base64url').toString('hex')],
    ['tail bits', `${Buffer.alloc(32, 7).toString('base64url').slice(0, -1)}d`],
    ['a line feed at the end', `${text}\n`],
    ['a space before it', ` ${text}`],
    ['a PEM', publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    ['a DER', publicKey.export({ type: 'spki', format: 'der' }).toString('base64url')],
  ])('must not be %s', (_what, bad) => expect(parsePublicKey(bad)).toBeUndefined());

  test('verifies no random signature, also when it is not a point of the curve', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        (x, s) => {
          const key = parsePublicKey(Buffer.from(x).toString('base64url'));
          if (key) expect(verify(null, Buffer.from('message'), key, s)).toBe(false);
        },
      ),
    );
  });
});
