// The port ImportedSecretStore in memory. A test can make it fail.
import type { Secret } from '../../../lib/protocol/secret.ts';
import { DependencyUnavailable, type ImportedSecretStore } from '../../../lib/relay/model/ports.ts';

/** Imported secrets in memory. */
export interface InMemoryImportedSecrets extends ImportedSecretStore {
  /** While false, every read fails. */
  answers: boolean;
  /** Returns the names of all secrets. */
  names(): readonly string[];
}

/** Returns an empty store. */
export function createInMemoryImportedSecrets(): InMemoryImportedSecrets {
  const secrets = new Map<string, Secret>();
  const store: InMemoryImportedSecrets = {
    answers: true,
    names: () => [...secrets.keys()],
    async read(name) {
      if (!store.answers)
        throw new DependencyUnavailable('Secrets Manager', { cause: new Error('the test made it fail') });
      return secrets.get(name);
    },
    async create({ direction, accountId, id, version }, secret, digest) {
      const name = `${direction}/${accountId}/${id}/${version}-${digest.slice(0, 16)}`;
      if (!secrets.has(name)) secrets.set(name, secret);
      return name;
    },
    async remove(name) {
      secrets.delete(name);
    },
    list: async (accountId) => [...secrets.keys()].filter((name) => name.split('/')[1] === accountId),
  };
  return store;
}
