// The ports that only operators' tools use: the command line, the demo and tests.

import type { SecretName } from '../model/key-ring.ts';
import type { Clock, Directory, KeyRings, Pool } from '../model/ports.ts';
import type { Account, Endpoint, EnrollmentGrant, KeyRecord, PartnerKey } from '../model/records.ts';

/** Reads and changes partners' keys. Reads are consistent. */
export interface KeyRegister {
  find(keyId: string): Promise<KeyRecord | undefined>;
  /** Returns all keys of an account, also revoked ones, in no order. */
  list(accountId: string): Promise<readonly PartnerKey[]>;
  /** Returns false and changes nothing if the id is taken. */
  create(key: PartnerKey): Promise<boolean>;
  /**
   * Returns false and changes nothing if the key has changed since it was read. The time of the last use is not compared
   * and stays.
   */
  change(before: PartnerKey, after: PartnerKey): Promise<boolean>;
}

/** Records which owner has which secret, so that no two owners share one. Digests are useless without the key ring. */
export interface SecretClaims {
  /** Returns true if the secret was free or belongs to this owner already. */
  claim(digest: string, owner: SecretName): Promise<boolean>;
  /** Does nothing if the secret belongs to another owner. */
  release(digest: string, owner: SecretName): Promise<void>;
}

/** Reads and changes accounts. Reads are consistent. */
export interface AccountRegister {
  find(accountId: string): Promise<Account | undefined>;
  /** Adds the account to the list of accounts, and then creates it. Returns false if the id is taken. */
  create(account: Account): Promise<boolean>;
  /** Returns false and changes nothing if the account has changed since it was read. */
  change(before: Account, after: Account): Promise<boolean>;
}

/** Reads and changes endpoints. Reads are consistent. */
export interface EndpointRegister {
  find(accountId: string, endpointId: string): Promise<Endpoint | undefined>;
  list(accountId: string): Promise<readonly Endpoint[]>;
  /** Returns false and changes nothing if the account has an endpoint with this id. */
  create(endpoint: Endpoint): Promise<boolean>;
  /** Returns false and changes nothing if the endpoint has changed since it was read. */
  change(before: Endpoint, after: Endpoint): Promise<boolean>;
  /** Does nothing if the endpoint does not exist. */
  remove(accountId: string, endpointId: string): Promise<void>;
}

/** Sets the state that an operator gives to an agent. */
export interface AgentRegister {
  /**
   * Sets the state of the agent's key, which requests obey, and then of its presence. A revoked agent stays revoked: a
   * later call returns `revoked` and changes nothing.
   */
  setState(
    agent: { readonly accountId: string; readonly agentId: string },
    state: 'active' | 'paused' | 'revoked',
    nowMs: number,
  ): Promise<'done' | 'unknown' | 'revoked'>;
}

export interface QueueDepth {
  readonly visible: number;
  /** Messages that were received, and are neither deleted nor visible again. */
  readonly inFlight: number;
}

/** A job queue that exists, even if no account has it. */
export interface ListedQueue extends Pool {
  readonly name: string;
}

export interface QueueInventory {
  /** Returns the job queues of one account, or of all. A new queue can be missing for a while. */
  list(accountId?: string): AsyncIterable<ListedQueue>;
  /** Deletes the queue and its messages. Does nothing if the queue does not exist. */
  remove(pool: Pool): Promise<void>;
  /** Returns approximate numbers, or undefined if the queue does not exist. */
  depth(pool: Pool): Promise<QueueDepth | undefined>;
}

/** Approximate depths of the delivery queue and of the dead-letter queues. Undefined if a queue does not exist. */
export interface Backlog {
  deliveries(): Promise<QueueDepth | undefined>;
  deadDeliveries(): Promise<QueueDepth | undefined>;
  deadEvents(): Promise<QueueDepth | undefined>;
}

/** Removes all rows of an account. */
export interface TenantRows {
  /** Removes all rows but the account's own, and yields the growing count. Run it again after a crash. */
  removeAll(accountId: string): AsyncIterable<number>;
  /** Removes the account from the list of accounts, and then its row. */
  removeAccount(accountId: string): Promise<void>;
}

/** Writes of operators' tools. Each can be repeated after a crash. */
export interface Registry {
  /** Writes a key and replaces any existing row. Operators' tools use `KeyRegister` instead, which never replaces a row. */
  putKey(key: KeyRecord): Promise<void>;
  putGrant(grant: EnrollmentGrant): Promise<void>;
  createQueue(pool: Pool): Promise<void>;
}

export interface ProvisioningPorts {
  readonly registry: Registry;
  readonly directory: Directory;
  readonly accounts: AccountRegister;
  readonly keys: KeyRegister;
  readonly endpoints: EndpointRegister;
  readonly claims: SecretClaims;
  readonly inboundRing: KeyRings;
  readonly outboundRing: KeyRings;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
}
