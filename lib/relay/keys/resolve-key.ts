// Turns the row of a key into key objects that verify signatures, and a row's version into its secret.
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

/** A key that can verify signatures, with the row that it comes from. */
export interface ResolvedKey<R extends KeyRecord = KeyRecord> extends VerificationKey {
  readonly record: R;
  /** The version of each key in `material`, in the same order. A public key is version 1. */
  readonly versions: readonly number[];
}

/** The ring and the imported secrets that the secrets of one key or endpoint come from. */
export interface LoadedSecrets extends KeyRing {
  /** The imported secrets by name. */
  readonly imported?: ReadonlyMap<string, Secret> | undefined;
  /** Why a secret or a master could not be read. A signature that fits no loaded secret may then still be valid. */
  readonly failure?: unknown;
}

/**
 * Returns the key with the key objects of its active versions; a revoked key has none. Returns undefined for a key with a
 * secret when `secrets` is undefined, and for a public key that is not a valid point.
 */
export function resolveKey(
  record: KeyRecord,
  secrets: LoadedSecrets | undefined,
  nowMs: number,
): ResolvedKey | undefined {
  if ('publicKey' in record) return resolvePublicKey(record);
  if (!secrets) return undefined;
  const active = record.revokedAt === undefined ? activeVersions(record, secrets, nowMs) : [];
  const material = active.map(hmacKeyOf(record, secrets));
  const versions = active.map(({ version }) => version);
  return { keyId: record.keyId, profile: record.profile, algorithm: 'hmac-sha256', material, versions, record };
}

/** Parsed public keys. Parsing takes a quarter of the time of a verification. */
const PARSED_PUBLIC_KEYS = new WeakMap<AgentKey | PartnerPublicKey, KeyObject>();

function resolvePublicKey(record: AgentKey | PartnerPublicKey): ResolvedKey | undefined {
  const publicKey = PARSED_PUBLIC_KEYS.get(record) ?? parsePublicKey(record.publicKey);
  if (!publicKey) return undefined;
  PARSED_PUBLIC_KEYS.set(record, publicKey);
  const material = record.revokedAt === undefined ? [publicKey] : [];
  return { keyId: record.keyId, profile: 'rfc9421', algorithm: 'ed25519', material, versions: [1], record };
}

type SecretOwner = PartnerSecretKey | Endpoint;

/** Returns the HMAC keys of the active versions, the current one first. Leaves out versions whose secret is not loaded. */
export function activeKeys(owner: SecretOwner, secrets: LoadedSecrets, nowMs: number): readonly KeyObject[] {
  return activeVersions(owner, secrets, nowMs).map(hmacKeyOf(owner, secrets));
}

/** Returns true until the version ends. */
export function isActive({ endsAt }: SecretVersion, nowMs: number): boolean {
  return endsAt === undefined || endsAt > nowMs;
}

function activeVersions({ versions }: SecretOwner, secrets: LoadedSecrets, nowMs: number): readonly SecretVersion[] {
  return versions.filter((version) => isActive(version, nowMs) && isLoaded(version, secrets));
}

function isLoaded(version: SecretVersion, { masters, imported }: LoadedSecrets): boolean {
  return 'master' in version ? masters.has(version.master) : (imported?.has(version.imported) ?? false);
}

/**
 * Returns the secret that the partner or the consumer has for one version.
 * @throws Error when the version's master or imported secret is not loaded.
 */
export function secretOf(owner: SecretOwner, version: SecretVersion, secrets: LoadedSecrets): Secret {
  if ('master' in version)
    return deriveSecret(secrets, version.master, nameOf(owner, version), PROFILES[owner.profile].secretPrefix);
  const imported = secrets.imported?.get(version.imported);
  if (!imported) throw new Error(`The imported secret ${version.imported} was not read.`);
  return imported;
}

function nameOf(owner: SecretOwner, { version }: SecretVersion): SecretName {
  const { accountId } = owner;
  return 'endpointId' in owner
    ? { direction: 'outbound', accountId, id: owner.endpointId, version }
    : { direction: 'inbound', accountId, id: owner.keyId, version };
}

/** The HMAC keys of one row. They are valid only for the same masters, and each for the same imported secret. */
interface DerivedKeys {
  readonly masters: KeyRing['masters'];
  readonly keys: Map<SecretVersion, { readonly key: KeyObject; readonly imported: Secret | undefined }>;
}

/** A warm function caches rows, rings and imported secrets. This caches the keys that were derived from them, by row. */
const DERIVED_KEYS = new WeakMap<SecretOwner, DerivedKeys>();

function hmacKeyOf(owner: SecretOwner, secrets: LoadedSecrets): (version: SecretVersion) => KeyObject {
  const before = DERIVED_KEYS.get(owner);
  const derived = before?.masters === secrets.masters ? before : { masters: secrets.masters, keys: new Map() };
  DERIVED_KEYS.set(owner, derived);
  return (version) => {
    const imported = 'imported' in version ? secrets.imported?.get(version.imported) : undefined;
    const cached = derived.keys.get(version);
    if (cached && cached.imported === imported) return cached.key;
    const key = deriveHmacKey(secretOf(owner, version, secrets), keyBytesOf(owner.profile));
    derived.keys.set(version, { key, imported });
    return key;
  };
}

/** Returns how a profile turns the text of a secret into HMAC key bytes. */
export function keyBytesOf(profileId: ProfileId) {
  const profile: Profile = PROFILES[profileId];
  return profile.form === 'delimited' ? profile.keyBytes : 'utf8';
}
