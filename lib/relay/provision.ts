// What an operator makes: accounts with their queues, partner keys, endpoints, enrolment tokens. Repeatable.
import { encodeBase32 } from '../protocol/encoding.ts';
import { KEY_ID } from '../protocol/grammar.ts';
import type { InboundProfileId, OutboundProfileId } from '../protocol/profiles.ts';
import type { Secret } from '../protocol/secret.ts';
import { makeEnrollmentToken } from './enrollment-token.ts';
import { LIMITS } from './limits.ts';
import type { Clock, Directory, KeyRings, Registry } from './ports.ts';
import type { Account, Endpoint, KeyRecord, PartnerKey } from './records.ts';
import { endpointSecret, partnerSecret } from './resolve-key.ts';

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
    jobDeadlineSeconds: LIMITS.jobDeadlineSeconds,
    resultFreshnessSeconds: LIMITS.resultFreshnessSeconds,
    pools: ['default'],
    ...wish,
  };
  for (const pool of account.pools) await ports.registry.createQueue({ accountId: account.accountId, pool });
  await ports.registry.putAccount(account);
  return account;
}

/** The key and its secret, which is shown this once. One that is there is left as it is. @throws Error when somebody else has the id. */
export async function createPartnerKey(
  ports: ProvisioningPorts,
  wish: { keyId: string; accountId: string; profile: InboundProfileId },
): Promise<{ key: PartnerKey; secret: Secret }> {
  if (!KEY_ID.test(wish.keyId)) throw new Error('A key id has 1–64 characters of A–Z, a–z, 0–9, _ and -.');
  const ring = await ports.inboundRing.read();
  const found = await ports.directory.findKey(wish.keyId);
  if (found && !isOwnKey(found, wish)) throw new Error(`The key id ${wish.keyId} is taken.`);
  const versions = found?.versions ?? [{ version: 1, master: ring.current }];
  const key: PartnerKey = { kind: 'partner', ...wish, versions };
  await ports.registry.putKey(key);
  return { key, secret: partnerSecret(key, versions[0], ring) };
}

function isOwnKey(found: KeyRecord, wish: { accountId: string; profile: InboundProfileId }): found is PartnerKey {
  return found.kind === 'partner' && found.accountId === wish.accountId && found.profile === wish.profile;
}

/** The endpoint and its secret, which is shown this once. One that is there keeps its secrets and gets the new URL. */
export async function createEndpoint(
  ports: ProvisioningPorts,
  wish: { endpointId: string; accountId: string; url: string; profile: OutboundProfileId },
): Promise<{ endpoint: Endpoint; secret: Secret }> {
  const ring = await ports.outboundRing.read();
  const found = await ports.directory.findEndpoint(wish.accountId, wish.endpointId);
  const { createdAt, versions } = found ?? {
    createdAt: ports.clock(),
    versions: [{ version: 1, master: ring.current }],
  };
  const endpoint: Endpoint = { state: 'active', ...wish, createdAt, versions: [versions[0], ...versions.slice(1)] };
  await ports.registry.putEndpoint(endpoint);
  return { endpoint, secret: endpointSecret(endpoint, endpoint.versions[0], ring) };
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
