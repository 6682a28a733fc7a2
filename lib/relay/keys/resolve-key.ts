// From a stored key to the material that signatures are checked with, and to the secret that its owner holds.
import type { KeyObject } from 'node:crypto';
import { PROFILES, type Profile, type ProfileId } from '../../protocol/profiles/profiles.ts';
import { deriveHmacKey, type Secret } from '../../protocol/secret.ts';
import { parsePublicKey } from '../../protocol/signatures/ed25519-public-key.ts';
import type { VerificationKey } from '../../protocol/signatures/verify-request.ts';
import { deriveSecret, type KeyRing, type SecretName } from '../model/key-ring.ts';
import type {
  AgentKey,
  Endpoint,
  KeyRecord,
  PartnerPublicKey,
  PartnerSecretKey,
  SecretVersion,
} from '../model/records.ts';

/** A key as verification wants it, with the row it came from. */
export interface ResolvedKey<R extends KeyRecord = KeyRecord> extends VerificationKey {
  readonly record: R;
  /** The version of each key of the material, in its order; a public key is its own first. */
  readonly versions: readonly number[];
}

/** What the secrets of one owner are made of: the ring, and by name those that were brought from elsewhere. */
export interface LoadedSecrets extends KeyRing {
  readonly imported?: ReadonlyMap<string, Secret> | undefined;
  /** Why one of them, or its master, could not be read now: what fits none of the others may yet be good. */
  readonly failure?: unknown;
}

/** Undefined when this function has not what it takes: a partner's secret is unknown to whoever has no ring. */
export function resolveKey(
  record: KeyRecord,
  stock: LoadedSecrets | undefined,
  nowMs: number,
): ResolvedKey | undefined {
  if ('publicKey' in record) return resolvePublicKey(record);
  if (!stock) return undefined;
  const active = record.revokedAt === undefined ? activeVersions(record, stock, nowMs) : [];
  const material = active.map(hmacKeyOf(record, stock));
  const versions = active.map(({ version }) => version);
  return { keyId: record.keyId, profile: record.profile, algorithm: 'hmac-sha256', material, versions, record };
}

/** To read a public key takes a quarter of the time that it takes to verify with it. */
const READ = new WeakMap<AgentKey | PartnerPublicKey, KeyObject>();

function resolvePublicKey(record: AgentKey | PartnerPublicKey): ResolvedKey | undefined {
  const publicKey = READ.get(record) ?? parsePublicKey(record.publicKey);
  if (!publicKey) return undefined;
  READ.set(record, publicKey);
  const material = record.revokedAt === undefined ? [publicKey] : [];
  return { keyId: record.keyId, profile: 'rfc9421', algorithm: 'ed25519', material, versions: [1], record };
}

type SecretOwner = PartnerSecretKey | Endpoint;

/** The HMAC keys of the versions that are still taken or used, current first; none of which the stock has no secret. */
export function activeKeys(owner: SecretOwner, stock: LoadedSecrets, nowMs: number): readonly KeyObject[] {
  return activeVersions(owner, stock, nowMs).map(hmacKeyOf(owner, stock));
}

/** True until the version ends. */
export function isActive({ endsAt }: SecretVersion, nowMs: number): boolean {
  return endsAt === undefined || endsAt > nowMs;
}

function activeVersions({ versions }: SecretOwner, stock: LoadedSecrets, nowMs: number): readonly SecretVersion[] {
  return versions.filter((version) => isActive(version, nowMs) && isInStock(version, stock));
}

function isInStock(version: SecretVersion, { masters, imported }: LoadedSecrets): boolean {
  return 'master' in version ? masters.has(version.master) : (imported?.has(version.imported) ?? false);
}

/** The secret text that the partner or the consumer holds for one version. @throws Error when it is not in stock. */
export function secretOf(owner: SecretOwner, version: SecretVersion, stock: LoadedSecrets): Secret {
  if ('master' in version)
    return deriveSecret(stock, version.master, nameOf(owner, version), PROFILES[owner.profile].secretPrefix);
  const imported = stock.imported?.get(version.imported);
  if (!imported) throw new Error(`The imported secret ${version.imported} was not read.`);
  return imported;
}

function nameOf(owner: SecretOwner, { version }: SecretVersion): SecretName {
  const { accountId } = owner;
  return 'endpointId' in owner
    ? { direction: 'outbound', accountId, id: owner.endpointId, version }
    : { direction: 'inbound', accountId, id: owner.keyId, version };
}

/** What the keys of one owner were made of, and they themselves. Each is used only while its source is the same one. */
interface Made {
  readonly masters: KeyRing['masters'];
  readonly keys: Map<SecretVersion, { readonly key: KeyObject; readonly imported: Secret | undefined }>;
}

/** Rows, rings and imported secrets are kept in a warm function, and with them the keys that were made of them. */
const MADE = new WeakMap<SecretOwner, Made>();

function hmacKeyOf(owner: SecretOwner, stock: LoadedSecrets): (version: SecretVersion) => KeyObject {
  const before = MADE.get(owner);
  const made = before?.masters === stock.masters ? before : { masters: stock.masters, keys: new Map() };
  MADE.set(owner, made);
  return (version) => {
    const imported = 'imported' in version ? stock.imported?.get(version.imported) : undefined;
    const kept = made.keys.get(version);
    if (kept && kept.imported === imported) return kept.key;
    const key = deriveHmacKey(secretOf(owner, version, stock), keyBytesOf(owner.profile));
    made.keys.set(version, { key, imported });
    return key;
  };
}

/** How the secret text of a profile becomes key bytes. */
export function keyBytesOf(profileId: ProfileId) {
  const profile: Profile = PROFILES[profileId];
  return profile.form === 'delimited' ? profile.keyBytes : 'utf8';
}
