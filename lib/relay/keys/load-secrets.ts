// Everything that an owner's active secrets are made of, read before any of them is needed.
import type { Secret } from '../../protocol/secret.ts';
import type { KeyRing } from '../model/key-ring.ts';
import { DependencyUnavailable, type ImportedSecrets, type KeyRings } from '../model/ports.ts';
import type { Endpoint, PartnerSecretKey, SecretVersion } from '../model/records.ts';
import { isActive, type LoadedSecrets } from './resolve-key.ts';

export interface SecretSources {
  readonly rings: KeyRings;
  readonly imported: ImportedSecrets;
}

/** `ring` was read already: it is read again when the row names a master that was added since. */
export async function loadSecrets(
  { rings, imported }: SecretSources,
  { versions }: Pick<PartnerSecretKey | Endpoint, 'versions'>,
  { ring, nowMs }: { readonly ring: KeyRing; readonly nowMs: number },
): Promise<LoadedSecrets> {
  const active = versions.filter((version) => isActive(version, nowMs));
  const newest = Math.max(0, ...active.map((version) => ('master' in version ? version.master : 0)));
  const names = active.flatMap((version) => ('imported' in version ? [version.imported] : []));
  const reached = newest > ring.current ? await rings.read(newest) : ring;
  const failure = findMissingMaster(reached, active);
  if (names.length === 0 && !failure) return reached;
  return { ...reached, ...(failure && { failure }), ...(await readAll(imported, names)) };
}

/** A row names no master that was never there, and none is taken out: the ring is an old one, or could not be read. */
function findMissingMaster({ masters }: KeyRing, active: readonly SecretVersion[]): Error | undefined {
  const missing = active.find((version) => 'master' in version && !masters.has(version.master));
  if (!missing) return undefined;
  const cause = new Error(`The key ring that could be read has no master for version ${missing.version}.`);
  return new DependencyUnavailable('Secrets Manager', { cause });
}

/** What is not there is left out. What cannot be read now is no reason to do without the others. */
async function readAll(
  imported: ImportedSecrets,
  names: readonly string[],
): Promise<Pick<LoadedSecrets, 'imported' | 'failure'>> {
  const read = await Promise.allSettled(names.map((name) => imported.read(name)));
  const found = read.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
  const failed = read.find((each) => each.status === 'rejected');
  const pairs = names.flatMap((name, index) => pairOf(name, found[index]));
  return { imported: new Map(pairs), ...(failed && { failure: failed.reason }) };
}

function pairOf(name: string, secret: Secret | undefined): readonly (readonly [string, Secret])[] {
  return secret ? [[name, secret]] : [];
}
