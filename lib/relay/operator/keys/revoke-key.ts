// Revokes a key permanently, or ends one of its superseded secrets. Functions obey once their cached rows expire.

import { isActive } from '../../keys/resolve-key.ts';
import type { PartnerKey, PartnerSecretKey, SecretVersion, SecretVersions } from '../../model/records.ts';
import { done, type Outcome, refused } from '../outcome.ts';
import { findPartnerKey, findSecretKey, KEY_KEEPS_CHANGING, MAX_TRIES } from './find-partner-key.ts';
import type { KeyToolPorts } from './key-ports.ts';
import { removeImported } from './key-version.ts';

/**
 * Revokes a whole key, or ends one version of its secret, and returns the key. A repeat completes an interrupted revocation.
 *
 * @param options `version` names the superseded version to end. The whole key is revoked if it is absent.
 */
export async function revokeKey(
  ports: KeyToolPorts,
  keyId: string,
  { version }: { readonly version?: number | undefined } = {},
): Promise<Outcome<PartnerKey>> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const outcome = version === undefined ? await revokeWhole(ports, keyId) : await endVersion(ports, keyId, version);
    if (outcome) return outcome;
  }
  return KEY_KEEPS_CHANGING;
}

/** Returns undefined if another command has changed the key since it was read. So does `endVersion`. */
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
  const superseded = findSuperseded(found.value, version);
  if (!superseded.ok) return superseded;
  const nowMs = ports.clock();
  const key = { ...found.value, versions: endNow(found.value.versions, superseded.value, nowMs) };
  if (isActive(superseded.value, nowMs) && !(await ports.keys.change(found.value, key))) return undefined;
  await removeImported(ports, [superseded.value]);
  return done(key);
}

function findSuperseded({ keyId, versions }: PartnerSecretKey, version: number): Outcome<SecretVersion> {
  const [current, ...older] = versions;
  const found = older.find((candidate) => candidate.version === version);
  if (found) return done(found);
  return version === current.version
    ? refused('version_current', `Version ${version} is the current one of ${keyId}. Rotate first, or revoke the key.`)
    : refused('version_unknown', `The key ${keyId} has no version ${version}. Show the key to see its versions.`);
}

function endNow([current, ...older]: SecretVersions, ended: SecretVersion, nowMs: number): SecretVersions {
  const endsAt = isActive(ended, nowMs) ? nowMs : ended.endsAt;
  return [current, ...older.map((version) => (version === ended ? { ...version, endsAt } : version))];
}
