// Imported secrets in memory, with a service in front of them that can be made to fail.
import type { Secret } from '../../../lib/protocol/secret.ts';
import { DependencyUnavailable, type ImportedSecretStore } from '../../../lib/relay/model/ports.ts';

export interface InMemoryImportedSecrets extends ImportedSecretStore {
  /** From now on the service does not answer, until it is told to. */
  answers: boolean;
  names(): readonly string[];
}

export function createInMemoryImportedSecrets(): InMemoryImportedSecrets {
  const secrets = new Map<string, Secret>();
  const store: InMemoryImportedSecrets = {
    answers: true,
    names: () => [...secrets.keys()],
    async read(name) {
      if (!store.answers) throw new DependencyUnavailable('Secrets Manager', { cause: new Error('made to fail') });
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
