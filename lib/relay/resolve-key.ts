// From a stored key to the material that signatures are checked with, and to the secret that its owner holds.
import type { KeyObject } from 'node:crypto';
import { parsePublicKey } from '../protocol/ed25519-public-key.ts';
import { PROFILES, type Profile, type ProfileId } from '../protocol/profiles.ts';
import { deriveHmacKey, type Secret } from '../protocol/secret.ts';
import type { VerificationKey } from '../protocol/verify-request.ts';
import { deriveSecret, type KeyRing, type SecretName } from './key-ring.ts';
import type { AgentKey, Endpoint, KeyRecord, PartnerPublicKey, PartnerSecretKey, SecretVersion } from './records.ts';

/** A key as verification wants it, with the row it came from. */
export interface ResolvedKey<R extends KeyRecord = KeyRecord> extends VerificationKey {
  readonly record: R;
}

/** Undefined when this function has not what it takes: a partner's secret is unknown to whoever has no ring. */
export function resolveKey(record: KeyRecord, ring: KeyRing | undefined, nowMs: number): ResolvedKey | undefined {
  if ('publicKey' in record) return resolvePublicKey(record);
  const material = ring && activeKeys(record, ring, nowMs);
  return material && { keyId: record.keyId, profile: record.profile, algorithm: 'hmac-sha256', material, record };
}

/** To read a public key takes a quarter of the time that it takes to verify with it. */
const READ = new WeakMap<AgentKey | PartnerPublicKey, KeyObject>();

function resolvePublicKey(record: AgentKey | PartnerPublicKey): ResolvedKey | undefined {
  const publicKey = READ.get(record) ?? parsePublicKey(record.publicKey);
  if (!publicKey) return undefined;
  READ.set(record, publicKey);
  return { keyId: record.keyId, profile: 'rfc9421', algorithm: 'ed25519', material: [publicKey], record };
}

type SecretOwner = PartnerSecretKey | Endpoint;

/** The HMAC keys of the versions that are still taken or used, current first; none of a master that the ring has not. */
export function activeKeys(owner: SecretOwner, ring: KeyRing, nowMs: number): readonly KeyObject[] {
  return owner.versions
    .filter(({ endsAt, master }) => (endsAt === undefined || endsAt > nowMs) && ring.masters.has(master))
    .map(hmacKeyOf(owner, ring));
}

/** The secret text that the partner or the consumer holds for one version. */
export function secretOf(owner: SecretOwner, { version, master }: SecretVersion, ring: KeyRing): Secret {
  const name: SecretName =
    'endpointId' in owner
      ? { direction: 'outbound', accountId: owner.accountId, id: owner.endpointId, version }
      : { direction: 'inbound', accountId: owner.accountId, id: owner.keyId, version };
  return deriveSecret(ring, master, name, PROFILES[owner.profile].secretPrefix);
}

/** Rows and rings are kept in a warm function, and with them the keys that were made of both. */
const MADE = new WeakMap<SecretOwner, { readonly ring: KeyRing; readonly keys: Map<SecretVersion, KeyObject> }>();

function hmacKeyOf(owner: SecretOwner, ring: KeyRing): (version: SecretVersion) => KeyObject {
  const kept = MADE.get(owner);
  const made = kept?.ring === ring ? kept : { ring, keys: new Map<SecretVersion, KeyObject>() };
  MADE.set(owner, made);
  return (version) => {
    const key = made.keys.get(version) ?? deriveHmacKey(secretOf(owner, version, ring), keyBytesOf(owner.profile));
    made.keys.set(version, key);
    return key;
  };
}

/** How the secret text of a profile becomes key bytes. */
export function keyBytesOf(profileId: ProfileId) {
  const profile: Profile = PROFILES[profileId];
  return profile.form === 'joined' ? profile.keyBytes : 'utf8';
}
