// One more secret for a key: derived from the ring, or brought from elsewhere.
import { PROFILES } from '../../../protocol/profiles/profiles.ts';
import type { Secret } from '../../../protocol/secret.ts';
import { deriveSecret, type SecretName } from '../../model/key-ring.ts';
import type { KeyRecord, PartnerSecretKey, SecretVersion } from '../../model/records.ts';
import { done, type Outcome } from '../outcome.ts';
import { claimSecret } from './claim-secret.ts';
import type { KeyToolPorts } from './key-ports.ts';
import { refuseSecretText } from './secret-text.ts';

/** A secret that is there and claimed, while no key's row says so yet. */
export interface MadeVersion {
  readonly version: SecretVersion;
  readonly secret: Secret;
  readonly digest: string;
}

interface NewVersion {
  readonly version: number;
  /** Absent: one is derived from the newest master. */
  readonly secret?: Secret | undefined;
}

/**
 * Numbers only grow, and the newest version is never dropped: no secret is derived twice. One that is derived has the
 * time in seconds, so that what is made again under the ids of a deleted account, of which no row is left, has another
 * secret. One that is imported has a secret of its own, and a number by which a repeat finds it.
 */
export function numberNext(
  { clock }: Pick<KeyToolPorts, 'clock'>,
  versions: readonly SecretVersion[],
  imported: Secret | undefined,
): number {
  const next = Math.max(0, ...versions.map(({ version }) => version)) + 1;
  return imported ? next : Math.max(next, Math.floor(clock() / 1000));
}

/** Repeatable: the same input again gives the same. */
export async function makeVersion(
  ports: KeyToolPorts,
  key: Pick<PartnerSecretKey, 'keyId' | 'accountId' | 'profile'>,
  { version, secret }: NewVersion,
): Promise<Outcome<MadeVersion>> {
  const place = placeOf(key, version);
  return secret ? importVersion(ports, { place, secret, profile: key.profile }) : deriveVersion(ports, key, place);
}

function placeOf({ accountId, keyId }: Pick<PartnerSecretKey, 'keyId' | 'accountId'>, version: number): SecretName {
  return { direction: 'inbound', accountId, id: keyId, version };
}

async function deriveVersion(
  ports: KeyToolPorts,
  { profile }: Pick<PartnerSecretKey, 'profile'>,
  place: SecretName,
): Promise<Outcome<MadeVersion>> {
  const { ring } = await ports.inboundRing.readCurrent();
  const secret = deriveSecret(ring, ring.current, place, PROFILES[profile].secretPrefix);
  const claimed = await claimSecret(ports, secret, place);
  if (!claimed.ok) return claimed;
  const version = { version: place.version, master: ring.current, createdAt: ports.clock() };
  return done({ version, secret, digest: claimed.value });
}

async function importVersion(
  ports: KeyToolPorts,
  { place, secret, profile }: { place: SecretName; secret: Secret; profile: PartnerSecretKey['profile'] },
): Promise<Outcome<MadeVersion>> {
  const bad = refuseSecretText(secret, profile);
  if (bad) return bad;
  const claimed = await claimSecret(ports, secret, place);
  if (!claimed.ok) return claimed;
  const imported = await ports.importedSecrets.create(place, secret, claimed.value);
  return done({
    version: { version: place.version, imported, createdAt: ports.clock() },
    secret,
    digest: claimed.value,
  });
}

/** After a lost race: takes back what was made for nothing, unless whoever won has made the very same. */
export async function abandonVersion(
  ports: KeyToolPorts,
  key: Pick<PartnerSecretKey, 'keyId' | 'accountId'>,
  { version, digest }: MadeVersion,
): Promise<void> {
  if (hasVersion(await ports.keys.find(key.keyId), key, version)) return;
  if ('imported' in version) await ports.importedSecrets.remove(version.imported);
  await ports.claims.release(digest, placeOf(key, version.version));
}

/** True when the version of that number comes from the same master, or is the same imported secret. */
export function hasVersion(
  current: KeyRecord | undefined,
  { accountId }: Pick<PartnerSecretKey, 'accountId'>,
  wanted: SecretVersion,
): boolean {
  if (!current || !('versions' in current) || current.accountId !== accountId) return false;
  return current.versions.some(
    (version) => version.version === wanted.version && sourceOf(version) === sourceOf(wanted),
  );
}

const sourceOf = (version: SecretVersion) => ('master' in version ? version.master : version.imported);

/** What ended versions, and keys that are revoked, have no use for. Repeatable. */
export async function removeImported(ports: KeyToolPorts, versions: readonly SecretVersion[]): Promise<void> {
  for (const version of versions) if ('imported' in version) await ports.importedSecrets.remove(version.imported);
}
