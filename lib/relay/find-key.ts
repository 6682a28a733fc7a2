// The key that a claim names: its row, and the material to verify with.
import type { SignatureClaim } from '../protocol/signature-claim.ts';
import type { KeyRing } from './key-ring.ts';
import type { Clock, Directory, KeyRings } from './ports.ts';
import type { KeyRecord } from './records.ts';
import { type ResolvedKey, resolveKey } from './resolve-key.ts';

export interface KeyPorts {
  readonly directory: Directory;
  /** Absent in functions that know agents only. */
  readonly inboundRing?: KeyRings | undefined;
  readonly clock: Clock;
}

export interface FoundKey {
  readonly record: KeyRecord | undefined;
  /** Absent also when this function has not what it takes to verify with the record. */
  readonly key: ResolvedKey | undefined;
}

/** The row is not older than `readSince` (epoch milliseconds), if that is given. */
export async function findKey(ports: KeyPorts, claim: SignatureClaim, readSince?: number): Promise<FoundKey> {
  // Asked for by what the claim says alone: a key that does not exist is answered like one that does, also without a ring.
  const ring = claim.algorithm === 'hmac-sha256' ? await ports.inboundRing?.read() : undefined;
  const record = await ports.directory.findKey(claim.keyId, readSince);
  if (!record) return { record, key: undefined };
  return { record, key: resolveKey(record, await reachMasters(ports, ring, record), ports.clock()) };
}

/** A row may name a master that was added after the ring was read. */
async function reachMasters(
  ports: KeyPorts,
  ring: KeyRing | undefined,
  record: KeyRecord,
): Promise<KeyRing | undefined> {
  if (!ring || 'publicKey' in record) return ring;
  const newest = Math.max(...record.versions.map(({ master }) => master));
  return newest > ring.current ? ports.inboundRing?.read(newest) : ring;
}
