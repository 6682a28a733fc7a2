// The ports KeyRegister, SecretClaims and KeyUses in memory, over the same rows that requests read.

import type { KeyUses } from '../../../lib/relay/model/ports.ts';
import type { KeyRecord, PartnerKey } from '../../../lib/relay/model/records.ts';
import type { KeyRegister, SecretClaims } from '../../../lib/relay/operator/operator-ports.ts';

/** Returns the three ports over `rows`, by key id. */
export function createInMemoryKeys(rows: Map<string, KeyRecord>): {
  readonly keys: KeyRegister;
  readonly claims: SecretClaims;
  readonly keyUses: KeyUses;
} {
  return { keys: createRegister(rows), claims: createClaims(), keyUses: createUses(rows) };
}

function createRegister(rows: Map<string, KeyRecord>): KeyRegister {
  return {
    find: async (keyId) => rows.get(keyId),
    list: async (accountId) =>
      [...rows.values()].filter((key): key is PartnerKey => key.kind === 'partner' && key.accountId === accountId),
    async create(key) {
      if (rows.has(key.keyId)) return false;
      rows.set(key.keyId, stored(key));
      return true;
    },
    async change(read, changed) {
      const current = rows.get(read.keyId) as PartnerKey | undefined;
      if (!current || factsOf(current) !== factsOf(read)) return false;
      rows.set(read.keyId, stored({ ...changed, lastUsedAt: usesOf(current, changed) }));
      return true;
    },
  };
}

/** Returns a copy without undefined fields, as the table stores it. */
const stored = <K extends KeyRecord>(key: K): K => JSON.parse(JSON.stringify(key));

function factsOf(key: PartnerKey): string {
  return JSON.stringify(['versions' in key && key.versions, key.revokedAt, key.allowUnboundDelete]);
}

function usesOf({ lastUsedAt }: PartnerKey, changed: PartnerKey): PartnerKey['lastUsedAt'] {
  if (!('versions' in changed)) return lastUsedAt;
  const uses = Object.entries(lastUsedAt ?? {}).filter(([number]) =>
    changed.versions.some(({ version }) => String(version) === number),
  );
  return uses.length > 0 ? Object.fromEntries(uses) : undefined;
}

function createClaims(): SecretClaims {
  const owners = new Map<string, string>();
  const nameOf = ({ direction, accountId, id, version }: Parameters<SecretClaims['claim']>[1]) =>
    JSON.stringify([direction, accountId, id, version]);
  return {
    async claim(digest, owner) {
      const currentOwner = owners.get(digest) ?? nameOf(owner);
      owners.set(digest, currentOwner);
      return currentOwner === nameOf(owner);
    },
    async release(digest, owner) {
      if (owners.get(digest) === nameOf(owner)) owners.delete(digest);
    },
  };
}

function createUses(rows: Map<string, KeyRecord>): KeyUses {
  return {
    async record({ keyId, version, nowMs }, before) {
      const key = rows.get(keyId) as PartnerKey | undefined;
      const isDue = key && (key.lastUsedAt?.[version] ?? Number.NEGATIVE_INFINITY) < before;
      if (isDue) rows.set(keyId, { ...key, lastUsedAt: { ...key.lastUsedAt, [version]: nowMs } });
    },
  };
}
