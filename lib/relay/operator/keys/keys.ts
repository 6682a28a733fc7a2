// Operators' commands on partners' keys: create, import, register, list, show and set. Each can be repeated after a crash.
import { encodeBase32 } from '../../../protocol/base32.ts';
import type { Secret } from '../../../protocol/secret.ts';
import { parsePublicKey } from '../../../protocol/signatures/ed25519-public-key.ts';
import { digestSecret } from '../../model/key-ring.ts';
import type { PartnerKey, PartnerPublicKey, PartnerSecretKey } from '../../model/records.ts';
import { refuseUnknownAccount } from '../find-account.ts';
import { done, type Outcome, refused } from '../outcome.ts';
import {
  findPartnerKey,
  findUsableKey,
  KEY_KEEPS_CHANGING,
  type KeyLookupPorts,
  MAX_TRIES,
  refuseKeyInput,
  refuseTakenKeyId,
} from './find-partner-key.ts';
import type { KeyToolPorts } from './key-ports.ts';
import { createVersion, discardVersion, hasVersion, nextVersionNumber, type PendingVersion } from './key-version.ts';

export interface ProvisionedKey {
  readonly key: PartnerSecretKey;
  readonly secret: Secret;
}

interface KeyInput {
  readonly accountId: string;
  readonly keyId: string;
  readonly profile: PartnerSecretKey['profile'];
  readonly allowUnboundDelete?: boolean | undefined;
}

/** Returns a new key id: `key_` and sixteen base32 characters. */
export function makeKeyId(randomBytes: (count: number) => Buffer): string {
  return `key_${encodeBase32(randomBytes(10))}`;
}

/**
 * Creates a key with a derived secret, and returns both. The secret is not shown again; rotate the key if it is lost.
 *
 * @param input A new id is made if `keyId` is absent.
 */
export async function createKey(
  ports: KeyToolPorts,
  { keyId = makeKeyId(ports.randomBytes), ...input }: Omit<KeyInput, 'keyId'> & { readonly keyId?: string | undefined },
): Promise<Outcome<ProvisionedKey>> {
  const stored = await storeKey(ports, { ...input, keyId });
  return stored.ok && stored.value.isNew ? done(stored.value) : stored.ok ? refuseTakenKeyId(keyId) : stored;
}

/** Imports a key id and a secret that a partner has already, and returns the key. A repeat completes an interrupted import. */
export async function importKey(
  ports: KeyToolPorts,
  { secret, ...input }: KeyInput & { readonly secret: Secret },
): Promise<Outcome<PartnerSecretKey>> {
  const stored = await storeKey(ports, input, secret);
  return stored.ok ? done(stored.value.key) : stored;
}

type StoredKey = ProvisionedKey & { readonly isNew: boolean };

async function storeKey(ports: KeyToolPorts, input: KeyInput, secret?: Secret): Promise<Outcome<StoredKey>> {
  const refusal = await refuseKeyInput(ports, input);
  if (refusal) return refusal;
  const found = await ports.keys.find(input.keyId);
  if (found)
    return secret && matchesInput(found, input) ? repeatImport(ports, found, secret) : refuseTakenKeyId(input.keyId);
  const pending = await createVersion(ports, input, { version: nextVersionNumber(ports, [], secret), secret });
  return pending.ok ? storeNewKey(ports, input, pending.value) : pending;
}

function matchesInput(found: object, { accountId, profile }: KeyInput): found is PartnerSecretKey {
  const key = found as PartnerKey;
  return key.kind === 'partner' && 'versions' in key && key.accountId === accountId && key.profile === profile;
}

/** Returns the existing key if the secret is the one that it was imported with. */
async function repeatImport(ports: KeyToolPorts, key: PartnerSecretKey, secret: Secret): Promise<Outcome<StoredKey>> {
  const [current] = key.versions;
  const stored = 'imported' in current ? await ports.importedSecrets.read(current.imported) : undefined;
  const ring = await ports.inboundRing.read();
  const isSame = stored && digestSecret(ring, stored) === digestSecret(ring, secret);
  return isSame && key.revokedAt === undefined ? done({ key, secret, isNew: false }) : refuseTakenKeyId(key.keyId);
}

/** Stores a new key. Of two commands for the same id, the first wins. If both import the same secret, both succeed. */
async function storeNewKey(ports: KeyToolPorts, input: KeyInput, pending: PendingVersion): Promise<Outcome<StoredKey>> {
  const { version, secret } = pending;
  const key: PartnerSecretKey = { kind: 'partner', ...input, versions: [version] };
  if (await ports.keys.create(key)) return done({ key, secret, isNew: true });
  const current = await ports.keys.find(input.keyId);
  if (current && 'imported' in version && matchesInput(current, input) && hasVersion(current, input, version))
    return done({ key: current, secret, isNew: false });
  await discardVersion(ports, input, pending);
  return refuseTakenKeyId(input.keyId);
}

/**
 * Registers a partner's Ed25519 public key for the profile `rfc9421`, and returns the key. A repeat with the same input
 * returns the same key.
 *
 * @param input `publicKey` is untrusted: the 32 raw bytes in base64url. A new id is made if `keyId` is absent.
 */
export async function registerPublicKey(
  ports: KeyToolPorts,
  {
    keyId = makeKeyId(ports.randomBytes),
    ...input
  }: Omit<KeyInput, 'keyId' | 'profile'> & {
    readonly keyId?: string | undefined;
    readonly publicKey: string;
  },
): Promise<Outcome<PartnerPublicKey>> {
  if (!parsePublicKey(input.publicKey)) return INVALID_PUBLIC_KEY;
  const refusal = await refuseKeyInput(ports, { ...input, keyId });
  if (refusal) return refusal;
  const key: PartnerPublicKey = { kind: 'partner', ...input, keyId, profile: 'rfc9421' };
  const current = (await ports.keys.create(key)) ? key : await ports.keys.find(keyId);
  const { accountId, publicKey } = input;
  const isSame = current?.kind === 'partner' && current.accountId === accountId && current.revokedAt === undefined;
  return isSame && 'publicKey' in current && current.publicKey === publicKey ? done(current) : refuseTakenKeyId(keyId);
}

const INVALID_PUBLIC_KEY = refused(
  'invalid',
  'A public key is the 32 raw bytes of an Ed25519 key in base64url, and must not be a point of small order.',
);

/** Changes the given settings of a key and returns it. */
export async function setKey(
  ports: KeyLookupPorts,
  keyId: string,
  { allowUnboundDelete }: { readonly allowUnboundDelete?: boolean | undefined },
): Promise<Outcome<PartnerKey>> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const found = await findUsableKey(ports, keyId);
    if (!found.ok) return found;
    const key = { ...found.value, ...(allowUnboundDelete !== undefined && { allowUnboundDelete }) };
    if (await ports.keys.change(found.value, key)) return done(key);
  }
  return KEY_KEEPS_CHANGING;
}

/** Returns all keys of the account, also revoked ones, sorted by id. */
export async function listKeys(
  ports: Pick<KeyToolPorts, 'keys' | 'directory'>,
  accountId: string,
): Promise<Outcome<readonly PartnerKey[]>> {
  if (!(await ports.directory.findAccount(accountId))) return refuseUnknownAccount(accountId);
  const keys = await ports.keys.list(accountId);
  return done(keys.toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1)));
}

/** Returns a partner's key. */
export async function showKey(ports: KeyLookupPorts, keyId: string): Promise<Outcome<PartnerKey>> {
  return findPartnerKey(ports, keyId);
}
