// Reads the masters and imported secrets that the active versions of a key or an endpoint need.
import type { Secret } from '../../protocol/secret.ts';
import type { KeyRing } from '../model/key-ring.ts';
import { DependencyUnavailable, type ImportedSecrets, type KeyRings } from '../model/ports.ts';
import type { Endpoint, PartnerSecretKey, SecretVersion } from '../model/records.ts';
import { isActive, type LoadedSecrets } from './resolve-key.ts';

/** Where secrets are read from. */
export interface SecretSources {
  readonly rings: KeyRings;
  readonly imported: ImportedSecrets;
}

/**
 * Returns what the active versions of `versions` need. `ring` is the ring as read so far; it is read again when a version
 * names a newer master. A secret that cannot be read is missing from the result, which then has a `failure`.
 * @throws DependencyUnavailable when the ring was never read in this process and cannot be read now.
 */
export async function loadSecrets(
  { rings, imported }: SecretSources,
  { versions }: Pick<PartnerSecretKey | Endpoint, 'versions'>,
  { ring, nowMs }: { readonly ring: KeyRing; readonly nowMs: number },
): Promise<LoadedSecrets> {
  const active = versions.filter((version) => isActive(version, nowMs));
  const newest = Math.max(0, ...active.map((version) => ('master' in version ? version.master : 0)));
  const names = active.flatMap((version) => ('imported' in version ? [version.imported] : []));
  const newestRing = newest > ring.current ? await rings.read(newest) : ring;
  const failure = findMissingMaster(newestRing, active);
  if (names.length === 0 && !failure) return newestRing;
  return { ...newestRing, ...(failure && { failure }), ...(await readAll(imported, names)) };
}

/** Masters are never removed, so a ring that lacks a master is an old one that could not be read again. */
function findMissingMaster({ masters }: KeyRing, active: readonly SecretVersion[]): Error | undefined {
  const missing = active.find((version) => 'master' in version && !masters.has(version.master));
  if (!missing) return undefined;
  const cause = new Error(`The key ring has no master for version ${missing.version}, and could not be read again.`);
  return new DependencyUnavailable('Secrets Manager', { cause });
}

/** Leaves out secrets that do not exist. A secret that cannot be read does not keep the others from being used. */
async function readAll(
  imported: ImportedSecrets,
  names: readonly string[],
): Promise<Pick<LoadedSecrets, 'imported' | 'failure'>> {
  const reads = await Promise.allSettled(names.map((name) => imported.read(name)));
  const found = reads.map((read) => (read.status === 'fulfilled' ? read.value : undefined));
  const failed = reads.find((read) => read.status === 'rejected');
  const pairs = names.flatMap((name, index) => pairOf(name, found[index]));
  return { imported: new Map(pairs), ...(failed && { failure: failed.reason }) };
}

function pairOf(name: string, secret: Secret | undefined): readonly (readonly [string, Secret])[] {
  return secret ? [[name, secret]] : [];
}
