// Revocation: a key for good, or one of its superseded secrets now. Warm functions follow within the row cache.

import { isActive } from '../../keys/resolve-key.ts';
import type { PartnerKey, PartnerSecretKey, SecretVersion, SecretVersions } from '../../model/records.ts';
import { done, type Outcome, refused } from '../outcome.ts';
import { CHANGED_MEANWHILE, findPartnerKey, findSecretKey, TRIES } from './find-partner-key.ts';
import type { KeyToolPorts } from './key-ports.ts';
import { removeImported } from './key-version.ts';

/** A repeat is carried out to the end. */
export async function revokeKey(
  ports: KeyToolPorts,
  keyId: string,
  { version }: { readonly version?: number | undefined } = {},
): Promise<Outcome<PartnerKey>> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const outcome = version === undefined ? await revokeWhole(ports, keyId) : await endVersion(ports, keyId, version);
    if (outcome) return outcome;
  }
  return CHANGED_MEANWHILE;
}

/** Undefined, here and below, when somebody else has changed the key. */
async function revokeWhole(ports: KeyToolPorts, keyId: string): Promise<Outcome<PartnerKey> | undefined> {
  const found = await findPartnerKey(ports, keyId);
  if (!found.ok) return found;
  const key = { ...found.value, revokedAt: found.value.revokedAt ?? ports.clock() };
  if (found.value.revokedAt === undefined && !(await ports.keys.change(found.value, key))) return undefined;
  if ('versions' in key) await removeImported(ports, key.versions);
  return done(key);
}

async function endVersion(
  ports: KeyToolPorts,
  keyId: string,
  version: number,
): Promise<Outcome<PartnerKey> | undefined> {
  const found = await findSecretKey(ports, keyId);
  if (!found.ok) return found;
  const wanted = findSuperseded(found.value, version);
  if (!wanted.ok) return wanted;
  const nowMs = ports.clock();
  const key = { ...found.value, versions: endNow(found.value.versions, wanted.value, nowMs) };
  if (isActive(wanted.value, nowMs) && !(await ports.keys.change(found.value, key))) return undefined;
  await removeImported(ports, [wanted.value]);
  return done(key);
}

function findSuperseded({ keyId, versions }: PartnerSecretKey, version: number): Outcome<SecretVersion> {
  const [current, ...older] = versions;
  const found = older.find((one) => one.version === version);
  if (found) return done(found);
  return version === current.version
    ? refused('version_current', `Version ${version} of ${keyId} is the current one. Rotate first, or revoke the key.`)
    : refused('version_unknown', `The key ${keyId} has no version ${version}, or not any more.`);
}

function endNow([current, ...older]: SecretVersions, ended: SecretVersion, nowMs: number): SecretVersions {
  const endsAt = isActive(ended, nowMs) ? nowMs : ended.endsAt;
  return [current, ...older.map((one) => (one === ended ? { ...one, endsAt } : one))];
}
