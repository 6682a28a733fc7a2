// Makes the next secret version of a key: derived from the ring, or imported.
import { PROFILES } from '../../../protocol/profiles/profiles.ts';
import type { Secret } from '../../../protocol/secret.ts';
import { deriveSecret, type SecretName } from '../../model/key-ring.ts';
import type { KeyRecord, PartnerSecretKey, SecretVersion } from '../../model/records.ts';
import { done, type Outcome } from '../outcome.ts';
import { claimSecret } from './claim-secret.ts';
import type { KeyToolPorts } from './key-ports.ts';
import { refuseSecretText } from './secret-text.ts';

/** A version whose secret exists and is claimed, but which no key's row names yet. */
export interface PendingVersion {
  readonly version: SecretVersion;
  readonly secret: Secret;
  readonly digest: string;
}

interface NewVersion {
  readonly version: number;
  /** The secret to import. A secret is derived from the newest master if it is absent. */
  readonly secret?: Secret | undefined;
}

/**
 * Returns the number of a key's next version. Numbers only grow and the newest version is never removed, so no secret is
 * derived twice. A derived version has the current time in seconds as its number, so that a key that reuses the ids of a
 * deleted account has another secret. An imported version has the next number, so that a repeat of the import finds it.
 */
export function nextVersionNumber(
  { clock }: Pick<KeyToolPorts, 'clock'>,
  versions: readonly SecretVersion[],
  imported: Secret | undefined,
): number {
  const next = Math.max(0, ...versions.map(({ version }) => version)) + 1;
  return imported ? next : Math.max(next, Math.floor(clock() / 1000));
}

/** Makes and claims the secret of a new version. It can be repeated: the same input returns the same secret. */
export async function createVersion(
  ports: KeyToolPorts,
  key: Pick<PartnerSecretKey, 'keyId' | 'accountId' | 'profile'>,
  { version, secret }: NewVersion,
): Promise<Outcome<PendingVersion>> {
  const name = secretNameOf(key, version);
  return secret ? importVersion(ports, { name, secret, profile: key.profile }) : deriveVersion(ports, key, name);
}

function secretNameOf(
  { accountId, keyId }: Pick<PartnerSecretKey, 'keyId' | 'accountId'>,
  version: number,
): SecretName {
  return { direction: 'inbound', accountId, id: keyId, version };
}

async function deriveVersion(
  ports: KeyToolPorts,
  { profile }: Pick<PartnerSecretKey, 'profile'>,
  name: SecretName,
): Promise<Outcome<PendingVersion>> {
  const { ring } = await ports.inboundRing.readCurrent();
  const secret = deriveSecret(ring, ring.current, name, PROFILES[profile].secretPrefix);
  const claimed = await claimSecret(ports, secret, name);
  if (!claimed.ok) return claimed;
  const version = { version: name.version, master: ring.current, createdAt: ports.clock() };
  return done({ version, secret, digest: claimed.value });
}

async function importVersion(
  ports: KeyToolPorts,
  { name, secret, profile }: { name: SecretName; secret: Secret; profile: PartnerSecretKey['profile'] },
): Promise<Outcome<PendingVersion>> {
  const invalid = refuseSecretText(secret, profile);
  if (invalid) return invalid;
  const claimed = await claimSecret(ports, secret, name);
  if (!claimed.ok) return claimed;
  const imported = await ports.importedSecrets.create(name, secret, claimed.value);
  return done({
    version: { version: name.version, imported, createdAt: ports.clock() },
    secret,
    digest: claimed.value,
  });
}

/** Removes a pending version after a lost race, unless the winner made the same version. */
export async function discardVersion(
  ports: KeyToolPorts,
  key: Pick<PartnerSecretKey, 'keyId' | 'accountId'>,
  { version, digest }: PendingVersion,
): Promise<void> {
  if (hasVersion(await ports.keys.find(key.keyId), key, version)) return;
  if ('imported' in version) await ports.importedSecrets.remove(version.imported);
  await ports.claims.release(digest, secretNameOf(key, version.version));
}

/** Returns true if the key has this version, with the same number and the same master or imported secret. */
export function hasVersion(
  current: KeyRecord | undefined,
  { accountId }: Pick<PartnerSecretKey, 'accountId'>,
  expected: SecretVersion,
): boolean {
  if (!current || !('versions' in current) || current.accountId !== accountId) return false;
  return current.versions.some(
    (version) => version.version === expected.version && sourceOf(version) === sourceOf(expected),
  );
}

const sourceOf = (version: SecretVersion) => ('master' in version ? version.master : version.imported);

/** Removes the imported secrets of versions that are no longer used. It can be repeated. */
export async function removeImported(ports: KeyToolPorts, versions: readonly SecretVersion[]): Promise<void> {
  for (const version of versions) if ('imported' in version) await ports.importedSecrets.remove(version.imported);
}
