// Key rings: numbered masters in one stored secret, and the secrets that HKDF (RFC 5869) derives from them.
import { createHmac, hkdfSync } from 'node:crypto';
import { lengthPrefixed } from '../../protocol/length-prefixed.ts';
import type { Profile } from '../../protocol/profiles/profiles.ts';
import { Secret } from '../../protocol/secret.ts';

/** The masters of a ring. Masters are only ever added; none is removed. */
export interface KeyRing {
  /** The number of the newest master. */
  readonly current: number;
  /** The masters by number, each of 256 bits. */
  readonly masters: ReadonlyMap<number, Buffer>;
}

/** Identifies one secret of a key or an endpoint. */
export interface SecretName {
  readonly direction: 'inbound' | 'outbound';
  readonly accountId: string;
  /** A key id or an endpoint id. */
  readonly id: string;
  readonly version: number;
}

/**
 * Parses the stored form of a ring: a JSON object that maps each master's number to 64 hexadecimal digits.
 * @throws Error when the text has another form. The message never quotes the text, which is secret.
 */
export function parseKeyRing(text: string): KeyRing {
  const masters = new Map(
    Object.entries(parseObject(text)).map(([number, hex]) => [Number(number), parseMaster(number, hex)]),
  );
  if (masters.size === 0) throw new Error('The key ring has no master.');
  return { current: Math.max(...masters.keys()), masters };
}

/**
 * Returns a ring with one more master, which becomes the current one.
 * @throws Error when the master does not have 256 bits.
 */
export function appendMaster({ current, masters }: KeyRing, master: Buffer): KeyRing {
  if (master.length !== 32) throw new Error('A master must have 256 bits.');
  return { current: current + 1, masters: new Map([...masters, [current + 1, master]]) };
}

/** Returns the stored form of a ring. It contains the masters, so never log or print it. */
export function formatKeyRing({ masters }: KeyRing): string {
  return JSON.stringify(Object.fromEntries([...masters].map(([number, master]) => [number, master.toString('hex')])));
}

/**
 * Returns a keyed digest that identifies a secret without revealing it: nobody can test a guess without the ring. The key
 * comes from the first master, which is never removed, so the digest of a secret never changes.
 */
export function digestSecret({ masters }: KeyRing, secret: Secret): string {
  const first = masters.get(Math.min(...masters.keys())) ?? Buffer.alloc(0);
  const key = Buffer.from(hkdfSync('sha256', first, Buffer.alloc(0), lengthPrefixed('signet/1', 'same secret'), 32));
  return createHmac('sha256', key).update(secret.reveal()).digest('hex');
}

/**
 * Derives the secret of one version of a key or endpoint.
 * @throws Error when the ring lacks the master. The ring is then older than the row, and must be read again.
 */
export function deriveSecret(ring: KeyRing, master: number, name: SecretName, prefix: Profile['secretPrefix']): Secret {
  const input = ring.masters.get(master);
  if (!input) throw new Error(`The key ring has no master ${master}.`);
  const info = lengthPrefixed('signet/1', name.direction, name.accountId, name.id, String(name.version));
  const bytes = Buffer.from(hkdfSync('sha256', input, Buffer.alloc(0), info, 32));
  return new Secret(prefix + bytes.toString(prefix === 'whsec_' ? 'base64' : 'base64url'));
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('The key ring is not JSON.');
  }
}

function parseMaster(number: string, hex: unknown): Buffer {
  if (!/^[1-9][0-9]{0,5}$/.test(number)) throw new Error('The name of a master in the key ring is not a number.');
  if (typeof hex !== 'string' || !/^[0-9a-f]{64}$/.test(hex))
    throw new Error(`Master ${number} of the key ring is not 64 hexadecimal digits.`);
  return Buffer.from(hex, 'hex');
}
