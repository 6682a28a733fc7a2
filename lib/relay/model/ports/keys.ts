// Ports for finding out who signed a message: keys, accounts and endpoints, key rings, secrets, one-time values.
import type { Secret } from '../../../protocol/secret.ts';
import type { OneTimeValue } from '../../../protocol/signatures/verify-request.ts';
import type { KeyRing, SecretName } from '../key-ring.ts';
import type { Account, Endpoint, KeyRecord } from '../records.ts';
import type { JobRef } from './jobs.ts';

/** The claims of one-time values. An expired claim counts as absent. */
export interface OneTimeValues {
  /**
   * Records that a one-time value was used. Returns true for the first claim, and false while an earlier claim has not
   * expired. `pull` is stored with the claim; only the pull endpoint passes it.
   */
  claim(value: OneTimeValue, nowMs: number, pull?: PullClaim): Promise<boolean>;
  /** Returns the `pull` that was stored with an unexpired claim of this value, or undefined. */
  findPull(value: OneTimeValue, nowMs: number): Promise<PullClaim | undefined>;
}

/** The jobs that a pull is about to lease. A repeat of the same signed bytes reads it to find the leases of the first pull. */
export interface PullClaim {
  /** The time at which all leases of the pull begin. Epoch milliseconds. */
  readonly leasedAt: number;
  /** At most ten jobs. */
  readonly refs: readonly JobRef[];
}

/** Lookups of accounts, keys and endpoints. A single row may come from a cache that is up to a minute old. */
export interface Directory {
  /**
   * Returns the row of a key, or undefined when no key has this id. With `readSince` (epoch milliseconds), a row that was
   * cached before that time is read again.
   */
  findKey(keyId: string, readSince?: number): Promise<KeyRecord | undefined>;
  /** Returns an account, or undefined when there is none with this id. */
  findAccount(accountId: string): Promise<Account | undefined>;
  /** Returns an endpoint of the account, or undefined when the account has none with this id. */
  findEndpoint(accountId: string, endpointId: string): Promise<Endpoint | undefined>;
  /** Returns all endpoints of an account, without the cache. */
  listEndpoints(accountId: string): Promise<readonly Endpoint[]>;
  /** Returns all accounts, without the cache. */
  listAccounts(): Promise<readonly Account[]>;
}

/** Read access to one key ring. */
export interface KeyRings {
  /**
   * Returns the ring from a cache that may be some minutes old. If the cached ring has no master as new as `minMaster`, it
   * is read again, but at most once in half a minute. The result may therefore still lack that master.
   */
  read(minMaster?: number): Promise<KeyRing>;
}

/** The newest state of a ring, and an identifier of exactly this state. */
export interface CurrentRing {
  readonly ring: KeyRing;
  /** Identifies this state. `append` fails when the ring has another revision by then. */
  readonly revision: string;
  /** When the newest master was added. Epoch milliseconds. */
  readonly since?: number | undefined;
}

/** The operator's access to a key ring: it can add masters. */
export interface KeyRingKeeper extends KeyRings {
  /** Returns the ring as it is stored now, never from the cache. */
  readCurrent(): Promise<CurrentRing>;
  /**
   * Adds a master of 256 bits as the newest one. Returns false, and changes nothing, when the ring is no longer in the
   * state that was read.
   */
  append(read: CurrentRing, master: Buffer): Promise<boolean>;
}

/** Read access to imported secrets. A name belongs to one secret forever; it never gets another value. */
export interface ImportedSecrets {
  /** Returns a secret from a cache that may be some minutes old, or undefined when there is none with this name. */
  read(name: string): Promise<Secret | undefined>;
}

/** The operator's access to imported secrets: it can create and remove them. */
export interface ImportedSecretStore extends ImportedSecrets {
  /**
   * Stores a secret and returns its name. Repeating the call with the same secret changes nothing and returns the same
   * name. `digest` identifies the secret (see `digestSecret`), so that two secrets of one place get different names.
   */
  create(place: SecretName, secret: Secret, digest: string): Promise<string>;
  /** Removes a secret for good. Does nothing when there is none with this name. */
  remove(name: string): Promise<void>;
  /** Returns the names of all imported secrets of an account. The list may lag behind. */
  list(accountId: string): Promise<readonly string[]>;
}

/** Records when each version of a key was last used. */
export interface KeyUses {
  /**
   * Records a use at `nowMs`, unless a use at or after `before` is recorded already or the key does not exist. Each call
   * costs a write, so check the key's row first. Times are epoch milliseconds.
   */
  record(
    use: { readonly keyId: string; readonly version: number; readonly nowMs: number },
    before: number,
  ): Promise<void>;
}
