// A key ring in Secrets Manager: read once in a while, kept when the service does not answer, and never made shorter.

import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { appendMaster, formatKeyRing, parseKeyRing } from '../../relay/model/key-ring.ts';
import { type Clock, type CurrentRing, DependencyUnavailable, type KeyRingKeeper } from '../../relay/model/ports.ts';
import { TUNING } from '../../relay/model/tuning.ts';
import { callDependency } from '../table/dependency.ts';
import { keepValue } from '../table/keep-value.ts';

const SECRETS_MANAGER = 'Secrets Manager';

/** Reads at most every five minutes. An old ring is better than none, because masters are only ever added. */
export function createKeyRings(client: SecretsManagerClient, secretId: string, clock: Clock): KeyRingKeeper {
  const readCurrent = () => readRingSecret(client, secretId);
  const kept = keepValue(async () => (await readCurrent()).ring, {
    seconds: TUNING.ringCacheSeconds,
    retrySeconds: TUNING.ringRetrySeconds,
    clock,
  });
  return {
    read: (atLeast = 0) => kept.read(({ current }) => current >= atLeast),
    readCurrent,
    async append(read, master) {
      const ring = appendMaster(read.ring, master);
      const done = await replaceValue(client, secretId, { from: read.revision, text: formatKeyRing(ring) });
      if (done) kept.keep(ring);
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
  /** The version that must be the current one still. */
  readonly from: string;
  readonly text: string;
}

/** Beside the current value first, then in its place, which the service allows to whoever names the one that has it. */
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
    // The first of two tries may have been heard, and its answer lost.
    if (revision === to) return true;
    if (revision !== from && error instanceof DependencyUnavailable) return false;
    throw error;
  }
}
