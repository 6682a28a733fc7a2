// What an operator's tools need from the world beside what every request needs, whoever they are: the command line, the demo, a test.

import type { SecretName } from '../model/key-ring.ts';
import type { Clock, Directory, KeyRings, Pool } from '../model/ports.ts';
import type { Account, Endpoint, EnrollmentGrant, KeyRecord, PartnerKey } from '../model/records.ts';

/** Partners' keys as an operator sees and changes them: never an old row. */
export interface KeyRegister {
  find(keyId: string): Promise<KeyRecord | undefined>;
  /** Of an account, revoked ones too, in no order. */
  list(accountId: string): Promise<readonly PartnerKey[]>;
  /** Takes effect only where nobody has the id. */
  create(key: PartnerKey): Promise<boolean>;
  /** Takes effect while the key is as it was read. When it was last used does not count, and is kept. */
  change(read: PartnerKey, changed: PartnerKey): Promise<boolean>;
}

/** Who has which secret, so that no two have the same. Known by a digest that is of no use without the key ring. */
export interface SecretClaims {
  /** True when the secret was free, or is this owner's already. */
  claim(digest: string, owner: SecretName): Promise<boolean>;
  /** Without effect where it is another's. */
  release(digest: string, owner: SecretName): Promise<void>;
}

/** Accounts, as the operator's tools change them. Reads are never late. */
export interface AccountRegister {
  find(accountId: string): Promise<Account | undefined>;
  /** Lists it, and then takes effect where no account has this id. */
  create(account: Account): Promise<boolean>;
  /** Takes effect while the account is as it was read. */
  change(asRead: Account, account: Account): Promise<boolean>;
}

/** Endpoints, as the operator's tools change them. Reads are never late. */
export interface EndpointRegister {
  find(accountId: string, endpointId: string): Promise<Endpoint | undefined>;
  list(accountId: string): Promise<readonly Endpoint[]>;
  /** Takes effect where the account has no endpoint of this id. */
  create(endpoint: Endpoint): Promise<boolean>;
  /** Takes effect while the endpoint is as it was read. */
  change(asRead: Endpoint, endpoint: Endpoint): Promise<boolean>;
  /** Without effect where there is none. */
  remove(accountId: string, endpointId: string): Promise<void>;
}

/** What an operator says of an agent. */
export interface AgentRegister {
  /** Of its key, which requests obey, and then of its presence. `revoked` is for good: nothing else takes effect after it. */
  setState(
    agent: { readonly accountId: string; readonly agentId: string },
    state: 'active' | 'paused' | 'revoked',
    nowMs: number,
  ): Promise<'done' | 'unknown' | 'revoked'>;
}

export interface QueueDepth {
  readonly visible: number;
  /** Received, and neither removed nor visible again yet. */
  readonly inFlight: number;
}

/** A job queue that is there, whether an account has it or not. */
export interface ListedQueue extends Pool {
  readonly name: string;
}

export interface QueueInventory {
  /** Of every account, or of one. May be late. */
  list(accountId?: string): AsyncIterable<ListedQueue>;
  /** With all messages in it. Without effect where there is none. */
  remove(pool: Pool): Promise<void>;
  /** About; undefined where there is no such queue. */
  depth(pool: Pool): Promise<QueueDepth | undefined>;
}

/** How much waits in the queues behind the stream, about. Undefined where the queue is not there. */
export interface Backlog {
  deliveries(): Promise<QueueDepth | undefined>;
  deadDeliveries(): Promise<QueueDepth | undefined>;
  deadEvents(): Promise<QueueDepth | undefined>;
}

/** Everything in the table that is one account's. */
export interface TenantRows {
  /** Removes all but the account's own row, and gives the count as it grows. To be run again after a crash. */
  removeAll(accountId: string): AsyncIterable<number>;
  /** Takes the account off the list, and then removes its row. */
  removeAccount(accountId: string): Promise<void>;
}

/** What the operator's tools write. Each is repeatable after a crash. */
export interface Registry {
  /** Whatever stands there. For who owns the id without doubt; operators' tools go through `KeyRegister`. */
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
