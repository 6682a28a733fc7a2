// Key rings: numbered masters in one secret, and the secrets of keys and endpoints derived from them (HKDF, RFC 5869).
import { createHmac, hkdfSync } from 'node:crypto';
import { lengthPrefixed } from '../../protocol/length-prefixed.ts';
import type { Profile } from '../../protocol/profiles/profiles.ts';
import { Secret } from '../../protocol/secret.ts';

/** Masters by number. Append-only: the highest number is the current one, none is ever taken out. */
export interface KeyRing {
  readonly current: number;
  readonly masters: ReadonlyMap<number, Buffer>;
}

export interface SecretName {
  readonly direction: 'inbound' | 'outbound';
  readonly accountId: string;
  /** A key id or an endpoint id. */
  readonly id: string;
  readonly version: number;
}

/**
 * Reads the stored value: JSON from master number to 64 hexadecimal digits.
 * @throws Error when it is not; the message never quotes the value.
 */
export function parseKeyRing(text: string): KeyRing {
  const masters = new Map(
    Object.entries(parseObject(text)).map(([number, hex]) => [Number(number), parseMaster(number, hex)]),
  );
  if (masters.size === 0) throw new Error('The key ring holds no master.');
  return { current: Math.max(...masters.keys()), masters };
}

/** The ring with one master more, which is then the current one. @throws Error when that is not 256 bits. */
export function appendMaster({ current, masters }: KeyRing, master: Buffer): KeyRing {
  if (master.length !== 32) throw new Error('A master has 256 bits.');
  return { current: current + 1, masters: new Map([...masters, [current + 1, master]]) };
}

/** The stored value. Not to be shown: it holds the masters. */
export function formatKeyRing({ masters }: KeyRing): string {
  return JSON.stringify(Object.fromEntries([...masters].map(([number, master]) => [number, master.toString('hex')])));
}

/**
 * What a secret is known by, without being known: only whoever has the ring can say whether a guess is right. The first
 * master is never taken out, so it is the same for good.
 */
export function digestSecret({ masters }: KeyRing, secret: Secret): string {
  const first = masters.get(Math.min(...masters.keys())) ?? Buffer.alloc(0);
  const key = Buffer.from(hkdfSync('sha256', first, Buffer.alloc(0), lengthPrefixed('signet/1', 'same secret'), 32));
  return createHmac('sha256', key).update(secret.reveal()).digest('hex');
}

/**
 * The secret of one key or endpoint version.
 * @throws Error when the ring has no such master: a ring older than the row, to be read again.
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
  if (!/^[1-9][0-9]{0,5}$/.test(number)) throw new Error('A master of the key ring is not numbered.');
  if (typeof hex !== 'string' || !/^[0-9a-f]{64}$/.test(hex))
    throw new Error(`Master ${number} of the key ring is not 64 hexadecimal digits.`);
  return Buffer.from(hex, 'hex');
}
