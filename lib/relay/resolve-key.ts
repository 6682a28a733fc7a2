// From a stored key to the material that signatures are checked with, and to the secret that its owner holds.
import { parsePublicKey } from '../protocol/ed25519-public-key.ts';
import { type OutboundProfileId, PROFILES, type Profile, type ProfileId } from '../protocol/profiles.ts';
import { deriveHmacKey, type Secret } from '../protocol/secret.ts';
import type { VerificationKey } from '../protocol/verify-request.ts';
import { deriveSecret, type KeyRing, type SecretName, type SecretStyle } from './key-ring.ts';
import type { AgentKey, Endpoint, KeyRecord, PartnerKey, SecretVersion } from './records.ts';

/** A key as verification wants it, with the row it came from. */
export interface ResolvedKey<R extends KeyRecord = KeyRecord> extends VerificationKey {
  readonly record: R;
}

/** Undefined when this function has not what it takes: a partner's key is unknown to whoever has no ring. */
export function resolveKey(record: KeyRecord, ring: KeyRing | undefined, nowMs: number): ResolvedKey | undefined {
  if (record.kind === 'agent') return resolveAgentKey(record);
  return ring && resolvePartnerKey(record, ring, nowMs);
}

function resolveAgentKey(record: AgentKey): ResolvedKey | undefined {
  const publicKey = parsePublicKey(record.publicKey);
  return publicKey && { keyId: record.keyId, profile: 'rfc9421', algorithm: 'ed25519', material: [publicKey], record };
}

function resolvePartnerKey(record: PartnerKey, ring: KeyRing, nowMs: number): ResolvedKey {
  const material = activeVersions(record.versions, nowMs).map((version) =>
    deriveHmacKey(partnerSecret(record, version, ring), keyBytesOf(record.profile)),
  );
  return { keyId: record.keyId, profile: record.profile, algorithm: 'hmac-sha256', material, record };
}

/** The secret text that the partner holds for one version of its key. */
export function partnerSecret(key: PartnerKey, version: SecretVersion, ring: KeyRing): Secret {
  const name: SecretName = { direction: 'inbound', accountId: key.accountId, id: key.keyId, version: version.version };
  return deriveSecret(ring, version.master, name, styleOf(key.profile));
}

/** The secret text that a webhook consumer holds for one version of its endpoint. */
export function endpointSecret(endpoint: Endpoint, version: SecretVersion, ring: KeyRing): Secret {
  const { accountId, endpointId: id } = endpoint;
  const name: SecretName = { direction: 'outbound', accountId, id, version: version.version };
  return deriveSecret(ring, version.master, name, styleOf(endpoint.profile));
}

/** Versions that are still taken or used, current first. */
export function activeVersions(versions: readonly SecretVersion[], nowMs: number): readonly SecretVersion[] {
  return versions.filter(({ endsAt }) => endsAt === undefined || endsAt > nowMs);
}

/** How the secret text of a profile becomes key bytes. */
export function keyBytesOf(profileId: ProfileId | OutboundProfileId) {
  const profile: Profile = PROFILES[profileId];
  return profile.form === 'joined' ? profile.keyBytes : 'utf8';
}

function styleOf(profileId: ProfileId): SecretStyle {
  return keyBytesOf(profileId) === 'base64_after_whsec' ? 'whsec' : 'sk';
}
