// What an operator makes: accounts with their queues, partner keys, endpoints, enrolment tokens. Repeatable.

import { encodeBase32 } from '../protocol/base32.ts';
import { parsePublicKey } from '../protocol/ed25519-public-key.ts';
import { KEY_ID } from '../protocol/grammar.ts';
import type { OutboundProfileId } from '../protocol/profiles.ts';
import type { Secret } from '../protocol/secret.ts';
import { makeEnrollmentToken } from './enrollment-token.ts';
import { LIMITS } from './limits.ts';
import type { Clock, Directory, KeyRings, Registry } from './ports.ts';
import type { Account, Endpoint, KeyRecord, PartnerKey, PartnerPublicKey, PartnerSecretKey } from './records.ts';
import { secretOf } from './resolve-key.ts';

export interface ProvisioningPorts {
  readonly registry: Registry;
  readonly directory: Directory;
  readonly inboundRing: KeyRings;
  readonly outboundRing: KeyRings;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
}

/** Sixteen base32 characters. */
export function makeAccountId(randomBytes: (count: number) => Buffer): string {
  return encodeBase32(randomBytes(10));
}

/** Queues first, row last: an account that can be seen can take jobs. */
export async function createAccount(
  ports: ProvisioningPorts,
  wish: { accountId: string; name: string } & Partial<Account>,
): Promise<Account> {
  const account: Account = {
    state: 'active',
    jobsPerMonth: 10_000,
    jobsPerMinute: LIMITS.jobsPerMinute,
    jobDeadlineSeconds: LIMITS.jobDeadlineSeconds,
    resultFreshnessSeconds: LIMITS.resultFreshnessSeconds,
    pools: ['default'],
    ...wish,
  };
  for (const pool of account.pools) await ports.registry.createQueue({ accountId: account.accountId, pool });
  await ports.registry.putAccount(account);
  return account;
}

export interface ProvisionedKey {
  readonly key: PartnerSecretKey;
  readonly secret: Secret;
}

export interface ProvisionedEndpoint {
  readonly endpoint: Endpoint;
  readonly secret: Secret;
}

/**
 * The key and its secret, which is shown this once. One that is there keeps its secrets, and what the wish leaves out.
 * @throws Error when somebody else has the id.
 */
export async function createPartnerKey(
  ports: ProvisioningPorts,
  wish: Omit<PartnerSecretKey, 'kind' | 'versions'>,
): Promise<ProvisionedKey> {
  const ring = await ports.inboundRing.read();
  const found = await findOwnKey(ports, wish);
  if (found && 'publicKey' in found) throw taken(wish);
  const versions = found?.versions ?? [{ version: 1, master: ring.current }];
  const key: PartnerSecretKey = { kind: 'partner', ...found, ...wish, versions };
  await ports.registry.putKey(key);
  return { key, secret: secretOf(key, versions[0], ring) };
}

/** Takes a partner's Ed25519 public key, for `rfc9421`. @throws Error when it is none, or somebody else has the id. */
export async function registerPartnerPublicKey(
  ports: ProvisioningPorts,
  wish: Omit<PartnerPublicKey, 'kind' | 'profile'>,
): Promise<PartnerPublicKey> {
  if (!parsePublicKey(wish.publicKey))
    throw new Error('A public key is the 32 raw bytes of an Ed25519 key in base64url, and not of small order.');
  const found = await findOwnKey(ports, { ...wish, profile: 'rfc9421' });
  if (found && !('publicKey' in found && found.publicKey === wish.publicKey)) throw taken(wish);
  const key: PartnerPublicKey = { kind: 'partner', ...found, profile: 'rfc9421', ...wish };
  await ports.registry.putKey(key);
  return key;
}

/** The key of this id, if there is one. @throws Error when it is of another kind, account or profile. */
async function findOwnKey(
  ports: ProvisioningPorts,
  wish: Pick<PartnerKey, 'keyId' | 'accountId' | 'profile'>,
): Promise<PartnerKey | undefined> {
  requireKeyId(wish.keyId);
  const found: KeyRecord | undefined = await ports.directory.findKey(wish.keyId);
  if (!found) return undefined;
  if (found.kind !== 'partner' || found.accountId !== wish.accountId || found.profile !== wish.profile)
    throw taken(wish);
  return found;
}

function requireKeyId(text: string): void {
  if (!KEY_ID.test(text)) throw new Error('A key id has 1–64 characters of A–Z, a–z, 0–9, _ and -.');
}

function taken({ keyId }: { keyId: string }): Error {
  return new Error(`The key id ${keyId} is taken.`);
}

/**
 * The endpoint and its secret, which is shown this once. One that is there keeps its secrets, and what the wish leaves
 * out; it gets the new URL and is active again. @throws Error when it is of another profile, or an id is none.
 */
export async function createEndpoint(
  ports: ProvisioningPorts,
  wish: { endpointId: string; accountId: string; url: string; profile: OutboundProfileId; keyId?: string },
): Promise<ProvisionedEndpoint> {
  for (const id of [wish.endpointId, wish.keyId ?? wish.endpointId]) requireKeyId(id);
  const ring = await ports.outboundRing.read();
  const found = await ports.directory.findEndpoint(wish.accountId, wish.endpointId);
  if (found && found.profile !== wish.profile)
    throw new Error(`The endpoint ${wish.endpointId} is signed as ${found.profile}.`);
  const { createdAt, versions } = found ?? {
    createdAt: ports.clock(),
    versions: [{ version: 1, master: ring.current }],
  };
  const endpoint: Endpoint = {
    ...found,
    state: 'active',
    ...wish,
    createdAt,
    versions: [versions[0], ...versions.slice(1)],
  };
  await ports.registry.putEndpoint(endpoint);
  return { endpoint, secret: secretOf(endpoint, endpoint.versions[0], ring) };
}

/** A token for one desktop, good once and for ten minutes. */
export async function createEnrollmentToken(
  ports: ProvisioningPorts,
  wish: { accountId: string; pool: string; labels?: readonly string[]; relayUrl: string },
): Promise<Secret> {
  const { token, tokenSha256 } = makeEnrollmentToken(wish.relayUrl, () => ports.randomBytes(32));
  const expiresAt = ports.clock() + LIMITS.enrollmentTokenSeconds * 1000;
  const { accountId, pool, labels = [] } = wish;
  await ports.registry.putGrant({ tokenSha256, accountId, pool, labels, expiresAt });
  return token;
}
