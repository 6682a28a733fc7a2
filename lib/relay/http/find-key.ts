// Finds the key that a claim names: its row, and the key objects that verify its signatures.
import type { SignatureClaim } from '../../protocol/profiles/signature-claim.ts';
import { loadSecrets } from '../keys/load-secrets.ts';
import { type LoadedSecrets, type ResolvedKey, resolveKey } from '../keys/resolve-key.ts';
import type { KeyRing } from '../model/key-ring.ts';
import type { Clock, Directory, ImportedSecrets, KeyRings } from '../model/ports.ts';
import type { KeyRecord } from '../model/records.ts';

/** The ports that finding a key needs. */
export interface KeyPorts {
  readonly directory: Directory;
  /** Absent in functions that only agents call. */
  readonly inboundRing?: KeyRings | undefined;
  readonly importedSecrets?: ImportedSecrets | undefined;
  readonly clock: Clock;
}

/** What is known of the key that a claim names. */
export interface FoundKey {
  readonly record: KeyRecord | undefined;
  /** Undefined when there is no row, and when this function cannot verify with the row: it has no ring, for example. */
  readonly key: ResolvedKey | undefined;
  /** Why some of the key's secrets could not be read. Absent when all were read. */
  readonly failure?: unknown;
}

/**
 * Returns the row and the key objects of the key that an untrusted claim names. With `readSince` (epoch milliseconds), a
 * row that was cached before that time is read again.
 * @throws DependencyUnavailable when the row or the ring cannot be read.
 */
export async function findKey(ports: KeyPorts, claim: SignatureClaim, readSince?: number): Promise<FoundKey> {
  // Whether the ring is read depends on the claim alone, so an unknown key gets the same answer, even if the ring fails.
  const ring = claim.algorithm === 'hmac-sha256' ? await ports.inboundRing?.read() : undefined;
  const record = await ports.directory.findKey(claim.keyId, readSince);
  if (!record) return { record, key: undefined };
  const secrets = await readSecrets(ports, ring, record);
  return { record, key: resolveKey(record, secrets, ports.clock()), failure: secrets?.failure };
}

/** Reads nothing for a revoked key, because none of its secrets is accepted. */
async function readSecrets(
  { inboundRing: rings, importedSecrets: imported, clock }: KeyPorts,
  ring: KeyRing | undefined,
  record: KeyRecord,
): Promise<LoadedSecrets | undefined> {
  if (!ring || !rings || 'publicKey' in record || record.revokedAt !== undefined) return ring;
  return loadSecrets({ rings, imported: imported ?? NONE }, record, { ring, nowMs: clock() });
}

const NONE: ImportedSecrets = { read: async () => undefined };
