// Rotation: a new secret beside the old one, which is taken until the overlap ends.

import { LIMITS } from '../../../api/limits.ts';
import type { Secret } from '../../../protocol/secret.ts';
import { isActive } from '../../keys/resolve-key.ts';
import type { PartnerSecretKey, SecretVersion, SecretVersions } from '../../model/records.ts';
import { done, type OperatorRefusal, type Outcome, refused } from '../outcome.ts';
import { CHANGED_MEANWHILE, findSecretKey, refuseNewSecret, TRIES } from './find-partner-key.ts';
import type { KeyToolPorts } from './key-ports.ts';
import { abandonVersion, type MadeVersion, makeVersion, numberNext, removeImported } from './key-version.ts';
import type { ProvisionedKey } from './keys.ts';

export interface RotationInput {
  /** 0–604,800. Absent: a day. */
  readonly overlapSeconds?: number | undefined;
  /** Also inside the overlap of the last rotation: what is oldest then ends now. */
  readonly force?: boolean | undefined;
  /** Absent: one is derived. */
  readonly secret?: Secret | undefined;
}

/** The new secret is shown this once: who has missed it rotates again, by force. */
export async function rotateKey(
  ports: KeyToolPorts,
  keyId: string,
  input: RotationInput = {},
): Promise<Outcome<ProvisionedKey>> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = await findSecretKey(ports, keyId);
    if (!found.ok) return found;
    const { accountId } = found.value;
    const refusal = (await refuseNewSecret(ports, accountId)) ?? refuseRotation(found.value, input, ports.clock());
    if (refusal) return refusal;
    const made = await makeVersion(ports, found.value, {
      version: numberNext(ports, found.value.versions, input.secret),
      secret: input.secret,
    });
    if (!made.ok) return made;
    const key = await putVersion(ports, found.value, made.value, input);
    if (key) return done({ key, secret: made.value.secret });
    await abandonVersion(ports, found.value, made.value);
  }
  return CHANGED_MEANWHILE;
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
      `An overlap has 0–${maxSeconds} whole seconds, which is ${maxSeconds / 86_400} days at maxSeconds.`,
    );
  const older = versions.slice(1).filter((version) => isActive(version, nowMs));
  const [until] = older.map(({ endsAt }) => endsAt);
  if (older.length === 0 || force) return undefined;
  const when = until === undefined ? 'for good' : `until ${new Date(until).toISOString()}`;
  return refused('rotation_in_overlap', `The secret of ${keyId} before the current one is still taken, ${when}.`);
}

/** Undefined when somebody else has changed the key. */
async function putVersion(
  ports: KeyToolPorts,
  read: PartnerSecretKey,
  { version }: MadeVersion,
  { overlapSeconds = LIMITS.rotationOverlapSeconds }: RotationInput,
): Promise<PartnerSecretKey | undefined> {
  const nowMs = ports.clock();
  const versions = rotateVersions(read.versions, version, { nowMs, overlapEndsAt: nowMs + overlapSeconds * 1000 });
  const key = { ...read, versions };
  if (!(await ports.keys.change(read, key))) return undefined;
  await removeImported(ports, read.versions.slice(1));
  return key;
}

/** At maxSeconds two are taken at a time: what was taken beside the current one ends now. What had ended before is dropped. */
export function rotateVersions(
  [current, ...older]: SecretVersions,
  next: SecretVersion,
  { nowMs, overlapEndsAt }: { readonly nowMs: number; readonly overlapEndsAt: number },
): SecretVersions {
  const ended = older.filter((version) => isActive(version, nowMs)).map((version) => ({ ...version, endsAt: nowMs }));
  const endsAt = Math.min(overlapEndsAt, current.endsAt ?? overlapEndsAt);
  return [next, { ...current, endsAt }, ...ended];
}
