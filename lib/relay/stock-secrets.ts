// Everything that an owner's active secrets are made of, read before any of them is needed.
import type { Secret } from '../protocol/secret.ts';
import type { KeyRing } from './key-ring.ts';
import type { ImportedSecrets, KeyRings } from './ports.ts';
import type { Endpoint, PartnerSecretKey } from './records.ts';
import { isActive, type SecretStock } from './resolve-key.ts';

export interface SecretSources {
  readonly rings: KeyRings;
  readonly imported: ImportedSecrets;
}

/** `ring` was read already: it is read again when the row names a master that was added since. */
export async function stockSecrets(
  { rings, imported }: SecretSources,
  { versions }: Pick<PartnerSecretKey | Endpoint, 'versions'>,
  { ring, nowMs }: { readonly ring: KeyRing; readonly nowMs: number },
): Promise<SecretStock> {
  const active = versions.filter((version) => isActive(version, nowMs));
  const newest = Math.max(0, ...active.map((version) => ('master' in version ? version.master : 0)));
  const names = active.flatMap((version) => ('imported' in version ? [version.imported] : []));
  const reached = newest > ring.current ? await rings.read(newest) : ring;
  return names.length === 0 ? reached : { ...reached, ...(await readAll(imported, names)) };
}

/** What is not there is left out. What cannot be read now is no reason to do without the others. */
async function readAll(
  imported: ImportedSecrets,
  names: readonly string[],
): Promise<Pick<SecretStock, 'imported' | 'failure'>> {
  const read = await Promise.allSettled(names.map((name) => imported.read(name)));
  const found = read.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
  const failed = read.find((each) => each.status === 'rejected');
  const pairs = names.flatMap((name, index) => pairOf(name, found[index]));
  return { imported: new Map(pairs), ...(failed && { failure: failed.reason }) };
}

function pairOf(name: string, secret: Secret | undefined): readonly (readonly [string, Secret])[] {
  return secret ? [[name, secret]] : [];
}
