// A key ring in Secrets Manager: cached, kept while the service does not answer, and never shortened.

import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { appendMaster, formatKeyRing, parseKeyRing } from '../../relay/model/key-ring.ts';
import { type Clock, type CurrentRing, DependencyUnavailable, type KeyRingKeeper } from '../../relay/model/ports.ts';
import { TUNING } from '../../relay/model/tuning.ts';
import { cacheValue } from '../table/cache-value.ts';
import { callDependency } from '../table/call-dependency.ts';

const SECRETS_MANAGER = 'Secrets Manager';

/**
 * Returns the key rings of one secret. It reads at most every five minutes. A stale ring is better than none, because
 * masters are only ever added.
 */
export function createKeyRings(client: SecretsManagerClient, secretId: string, clock: Clock): KeyRingKeeper {
  const readCurrent = () => readRingSecret(client, secretId);
  const cache = cacheValue(async () => (await readCurrent()).ring, {
    seconds: TUNING.ringCacheSeconds,
    retrySeconds: TUNING.ringRetrySeconds,
    clock,
  });
  return {
    read: (atLeast = 0) => cache.read(({ current }) => current >= atLeast),
    readCurrent,
    async append(read, master) {
      const ring = appendMaster(read.ring, master);
      const done = await replaceValue(client, secretId, { from: read.revision, text: formatKeyRing(ring) });
      if (done) cache.set(ring);
      return done;
    },
  };
}

async function readRingSecret(client: SecretsManagerClient, secretId: string): Promise<CurrentRing> {
  const command = new GetSecretValueCommand({ SecretId: secretId });
  const {
    SecretString = '',
    VersionId = '',
    CreatedDate,
  } = await callDependency(SECRETS_MANAGER, () => client.send(command));
  return { ring: parseKeyRing(SecretString), revision: VersionId, since: CreatedDate?.getTime() };
}

interface Replacement {
  /** The version that must still be the current one. */
  readonly from: string;
  readonly text: string;
}

/**
 * Replaces the current value and returns whether it did. It stores the new value as pending first, and then promotes
 * it. The service promotes it only when the caller names the version that is current.
 */
async function replaceValue(
  client: SecretsManagerClient,
  secretId: string,
  { from, text }: Replacement,
): Promise<boolean> {
  const beside = new PutSecretValueCommand({ SecretId: secretId, SecretString: text, VersionStages: ['AWSPENDING'] });
  const { VersionId: to } = await callDependency(SECRETS_MANAGER, () => client.send(beside));
  const promotion = { SecretId: secretId, VersionStage: 'AWSCURRENT', MoveToVersionId: to, RemoveFromVersionId: from };
  try {
    await callDependency(SECRETS_MANAGER, () => client.send(new UpdateSecretVersionStageCommand(promotion)));
    return true;
  } catch (error) {
    const { revision } = await readRingSecret(client, secretId);
    // The SDK tries twice. The first try may have succeeded, and its answer may have been lost.
    if (revision === to) return true;
    if (revision !== from && error instanceof DependencyUnavailable) return false;
    throw error;
  }
}
