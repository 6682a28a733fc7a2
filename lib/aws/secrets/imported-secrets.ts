// Imported secrets: each is a secret of its own in Secrets Manager, under the stage's prefix.

import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  paginateListSecrets,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { Secret } from '../../protocol/secret.ts';
import {
  type Clock,
  DependencyUnavailable,
  type ImportedSecretStore,
  type ImportedSecrets,
} from '../../relay/model/ports.ts';
import { TUNING } from '../../relay/model/tuning.ts';
import { type CachedValue, cacheValue } from '../table/cache-value.ts';
import { callDependency } from '../table/call-dependency.ts';
import { importedSecretPrefix } from './imported-secret-names.ts';

const SECRETS_MANAGER = 'Secrets Manager';
const CAPACITY = 1_000;

/**
 * Returns the reader of imported secrets. It caches them as key rings are cached: for five minutes, and for longer
 * while the service does not answer. A missing secret is not cached.
 */
export function createImportedSecrets(client: SecretsManagerClient, clock: Clock): ImportedSecrets {
  const cached = new Map<string, CachedValue<Secret>>();
  const options = { seconds: TUNING.ringCacheSeconds, retrySeconds: TUNING.ringRetrySeconds, clock };
  const find = (name: string) => {
    const value = cached.get(name) ?? cacheValue(() => load(client, name), options);
    cached.set(name, value);
    const [oldest] = cached.keys();
    if (cached.size > CAPACITY && oldest !== undefined) cached.delete(oldest);
    return value;
  };
  return {
    async read(name) {
      try {
        return await find(name).read();
      } catch (error) {
        cached.delete(name);
        return absentIf(isNotFound, error);
      }
    },
  };
}

/** Returns the operator's store, which also creates and removes imported secrets, with their keys and endpoints. */
export function createImportedSecretStore(
  client: SecretsManagerClient,
  stage: string,
  clock: Clock,
): ImportedSecretStore {
  const folderOf = (direction: 'inbound' | 'outbound', accountId: string) =>
    `${importedSecretPrefix(stage, direction)}${accountId}/`;
  return {
    ...createImportedSecrets(client, clock),
    async create({ direction, accountId, id, version }, secret, digest) {
      // The name contains a digest of the secret, so a secret that exists under this name is the same secret.
      const name = `${folderOf(direction, accountId)}${id}/${version}-${digest.slice(0, DIGEST_CHARACTERS)}`;
      const Tags = tagsOf({ stage, direction, accountId });
      const command = new CreateSecretCommand({ Name: name, SecretString: secret.reveal(), Tags });
      await callDependency(SECRETS_MANAGER, () => ignore(alreadyExists, client.send(command)));
      return name;
    },
    async remove(name) {
      const command = new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true });
      await callDependency(SECRETS_MANAGER, () => ignore(isNotFound, client.send(command)));
    },
    async list(accountId) {
      const Values = [folderOf('inbound', accountId), folderOf('outbound', accountId)];
      const pages = paginateListSecrets({ client }, { Filters: [{ Key: 'name', Values }] });
      const found = await callDependency(SECRETS_MANAGER, () => Array.fromAsync(pages));
      return found.flatMap(({ SecretList = [] }) => SecretList.flatMap(({ Name }) => Name ?? []));
    },
  };
}

/** Characters of the digest in a name: enough to distinguish the secrets of one key or endpoint. */
const DIGEST_CHARACTERS = 16;

function tagsOf(place: { stage: string; direction: string; accountId: string }) {
  const tags = { 'signet:stage': place.stage, 'signet:imported': place.direction, 'signet:account': place.accountId };
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

async function load(client: SecretsManagerClient, name: string): Promise<Secret> {
  const command = new GetSecretValueCommand({ SecretId: name });
  const { SecretString } = await callDependency(SECRETS_MANAGER, () => client.send(command));
  return new Secret(SecretString ?? '');
}

const alreadyExists = (error: unknown) => error instanceof ResourceExistsException;

/** Whether the error says that there is no such secret, directly or as the cause of ours. */
function isNotFound(error: unknown): boolean {
  const cause = error instanceof DependencyUnavailable ? error.cause : error;
  return cause instanceof ResourceNotFoundException;
}

async function ignore(isHarmless: (error: unknown) => boolean, call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => absentIf(isHarmless, error));
}

function absentIf(isHarmless: (error: unknown) => boolean, error: unknown): undefined {
  if (!isHarmless(error)) throw error;
  return undefined;
}
