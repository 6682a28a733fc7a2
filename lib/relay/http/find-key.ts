// The key that a claim names: its row, and the material to verify with.
import type { SignatureClaim } from '../../protocol/profiles/signature-claim.ts';
import { loadSecrets } from '../keys/load-secrets.ts';
import { type LoadedSecrets, type ResolvedKey, resolveKey } from '../keys/resolve-key.ts';
import type { KeyRing } from '../model/key-ring.ts';
import type { Clock, Directory, ImportedSecrets, KeyRings } from '../model/ports.ts';
import type { KeyRecord } from '../model/records.ts';

export interface KeyPorts {
  readonly directory: Directory;
  /** Absent in functions that know agents only. */
  readonly inboundRing?: KeyRings | undefined;
  readonly importedSecrets?: ImportedSecrets | undefined;
  readonly clock: Clock;
}

export interface FoundKey {
  readonly record: KeyRecord | undefined;
  /** Absent also when this function has not what it takes to verify with the record. */
  readonly key: ResolvedKey | undefined;
  /** Why not all of the key's secrets could be read now, where that is so. */
  readonly failure?: unknown;
}

/** The row is not older than `readSince` (epoch milliseconds), if that is given. */
export async function findKey(ports: KeyPorts, claim: SignatureClaim, readSince?: number): Promise<FoundKey> {
  // Asked for by what the claim says alone: a key that does not exist is answered like one that does, also without a ring.
  const ring = claim.algorithm === 'hmac-sha256' ? await ports.inboundRing?.read() : undefined;
  const record = await ports.directory.findKey(claim.keyId, readSince);
  if (!record) return { record, key: undefined };
  const stock = await readStock(ports, ring, record);
  return { record, key: resolveKey(record, stock, ports.clock()), failure: stock?.failure };
}

/** A revoked key needs nothing: none of its secrets is good. */
async function readStock(
  { inboundRing: rings, importedSecrets: imported, clock }: KeyPorts,
  ring: KeyRing | undefined,
  record: KeyRecord,
): Promise<LoadedSecrets | undefined> {
  if (!ring || !rings || 'publicKey' in record || record.revokedAt !== undefined) return ring;
  return loadSecrets({ rings, imported: imported ?? NONE }, record, { ring, nowMs: clock() });
}

const NONE: ImportedSecrets = { read: async () => undefined };
