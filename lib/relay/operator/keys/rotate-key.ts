// Rotates the secret of a key. The old secret is accepted until the overlap ends.

import { LIMITS } from '../../../api/limits.ts';
import type { Secret } from '../../../protocol/secret.ts';
import { isActive } from '../../keys/resolve-key.ts';
import type { PartnerSecretKey, SecretVersion, SecretVersions } from '../../model/records.ts';
import { done, type OperatorRefusal, type Outcome, refused } from '../outcome.ts';
import { findSecretKey, KEY_KEEPS_CHANGING, MAX_TRIES, refuseNewSecret } from './find-partner-key.ts';
import type { KeyToolPorts } from './key-ports.ts';
import {
  createVersion,
  discardVersion,
  nextVersionNumber,
  type PendingVersion,
  removeImported,
} from './key-version.ts';
import type { ProvisionedKey } from './keys.ts';

export interface RotationInput {
  /** How long the old secret is still accepted: 0–604,800, or a day if it is absent. */
  readonly overlapSeconds?: number | undefined;
  /** Rotates even during the overlap of the last rotation. The oldest secret then ends at once. */
  readonly force?: boolean | undefined;
  /** The secret to import. A secret is derived if it is absent. */
  readonly secret?: Secret | undefined;
}

/**
 * Rotates a key, and returns it with its new secret. The secret is not shown again; if it is lost, rotate again with
 * `force`.
 */
export async function rotateKey(
  ports: KeyToolPorts,
  keyId: string,
  input: RotationInput = {},
): Promise<Outcome<ProvisionedKey>> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const found = await findSecretKey(ports, keyId);
    if (!found.ok) return found;
    const { accountId } = found.value;
    const refusal = (await refuseNewSecret(ports, accountId)) ?? refuseRotation(found.value, input, ports.clock());
    if (refusal) return refusal;
    const pending = await createVersion(ports, found.value, {
      version: nextVersionNumber(ports, found.value.versions, input.secret),
      secret: input.secret,
    });
    if (!pending.ok) return pending;
    const key = await storeVersion(ports, found.value, pending.value, input);
    if (key) return done({ key, secret: pending.value.secret });
    await discardVersion(ports, found.value, pending.value);
  }
  return KEY_KEEPS_CHANGING;
}

function refuseRotation(
  { keyId, versions }: PartnerSecretKey,
  { overlapSeconds = 0, force }: RotationInput,
  nowMs: number,
): OperatorRefusal | undefined {
  const maxSeconds = LIMITS.rotationOverlapMaxSeconds;
  if (!Number.isSafeInteger(overlapSeconds) || overlapSeconds < 0 || overlapSeconds > maxSeconds)
    return refused(
      'invalid',
      `The overlap must be a whole number of seconds from 0 to ${maxSeconds} (${maxSeconds / 86_400} days).`,
    );
  const older = versions.slice(1).filter((version) => isActive(version, nowMs));
  const [until] = older.map(({ endsAt }) => endsAt);
  if (older.length === 0 || force) return undefined;
  const when = until === undefined ? 'without an end' : `until ${new Date(until).toISOString()}`;
  const message = `The previous secret of ${keyId} is still accepted ${when}. Wait, or force the rotation to end it now.`;
  return refused('rotation_in_overlap', message);
}

/** Returns undefined if another command has changed the key since it was read. */
async function storeVersion(
  ports: KeyToolPorts,
  before: PartnerSecretKey,
  { version }: PendingVersion,
  { overlapSeconds = LIMITS.rotationOverlapSeconds }: RotationInput,
): Promise<PartnerSecretKey | undefined> {
  const nowMs = ports.clock();
  const versions = rotateVersions(before.versions, version, { nowMs, overlapEndsAt: nowMs + overlapSeconds * 1000 });
  const after = { ...before, versions };
  if (!(await ports.keys.change(before, after))) return undefined;
  await removeImported(ports, before.versions.slice(1));
  return after;
}

/**
 * Returns the versions after a rotation, newest first. At most two are active: the current version stays until the overlap
 * ends, older active versions end now, and versions that had ended are removed. Times are epoch milliseconds.
 */
export function rotateVersions(
  [current, ...older]: SecretVersions,
  next: SecretVersion,
  { nowMs, overlapEndsAt }: { readonly nowMs: number; readonly overlapEndsAt: number },
): SecretVersions {
  const ended = older.filter((version) => isActive(version, nowMs)).map((version) => ({ ...version, endsAt: nowMs }));
  const endsAt = Math.min(overlapEndsAt, current.endsAt ?? overlapEndsAt);
  return [next, { ...current, endsAt }, ...ended];
}
