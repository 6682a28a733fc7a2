// Webhook endpoints: made, looked at, waived, deleted.

import { LIMITS } from '../../../api/limits.ts';
import { encodeBase32 } from '../../../protocol/base32.ts';
import { KEY_ID } from '../../../protocol/grammar.ts';
import type { OutboundProfileId } from '../../../protocol/profiles/profiles.ts';
import type { Secret } from '../../../protocol/secret.ts';
import { checkTarget, type TargetPolicy } from '../../delivery/target-policy.ts';
import { secretOf } from '../../keys/resolve-key.ts';
import type { Clock, ImportedSecretStore, KeyRings } from '../../model/ports.ts';
import type { Endpoint } from '../../model/records.ts';
import { findAccount, findLasting } from '../find-account.ts';
import { type ClaimPorts, claimSecret } from '../keys/claim-secret.ts';
import type { AccountRegister, EndpointRegister } from '../operator-ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';

export interface EndpointPorts extends ClaimPorts {
  readonly accounts: AccountRegister;
  readonly endpoints: EndpointRegister;
  readonly outboundRing: KeyRings;
  readonly targets: TargetPolicy;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
}

export interface EndpointInput {
  readonly accountId: string;
  /** Absent: a new one. */
  readonly endpointId?: string | undefined;
  readonly url: string;
  /** Absent: standard-webhooks. */
  readonly profile?: OutboundProfileId | undefined;
  /** How the consumer knows us, where deliveries name a key. Absent: the endpoint's id. */
  readonly keyId?: string | undefined;
  /** Active at once; else nothing is sent to it until it is waived. */
  readonly waive?: boolean | undefined;
}

export interface ProvisionedEndpoint {
  readonly endpoint: Endpoint;
  readonly secret: Secret;
}

/** The endpoint and its secret, which is shown this once. */
export async function createEndpoint(
  ports: EndpointPorts,
  input: EndpointInput,
): Promise<Outcome<ProvisionedEndpoint>> {
  const bad = refuseBadInput(ports, input);
  if (bad) return bad;
  const account = await findLasting(ports, input.accountId);
  if (!account.ok) return account;
  const current = await ports.endpoints.list(input.accountId);
  if (current.some(({ endpointId }) => endpointId === input.endpointId)) return taken(input);
  if (current.length >= LIMITS.endpointsPerAccount) return tooMany();
  const ring = await ports.outboundRing.read();
  const endpoint = toEndpoint(ports, input, ring.current);
  const [{ version }] = endpoint.versions;
  const secret = secretOf(endpoint, endpoint.versions[0], ring);
  const { accountId, endpointId: id } = endpoint;
  const claimed = await claimSecret(ports, secret, { direction: 'outbound', accountId, id, version });
  if (!claimed.ok) return claimed;
  if (!(await ports.endpoints.create(endpoint))) return taken(endpoint);
  return (await isOneTooMany(ports, endpoint)) ? tooMany() : done({ endpoint, secret });
}

/**
 * Of two who see room for the last one at the same moment, whoever looks last sees both, and takes its own back. Both may
 * do so, and try again.
 */
async function isOneTooMany({ endpoints }: EndpointPorts, { accountId, endpointId }: Endpoint): Promise<boolean> {
  if ((await endpoints.list(accountId)).length <= LIMITS.endpointsPerAccount) return false;
  await endpoints.remove(accountId, endpointId);
  return true;
}

function refuseBadInput({ targets }: EndpointPorts, { url, endpointId, keyId }: EndpointInput) {
  for (const id of [endpointId, keyId])
    if (id !== undefined && !KEY_ID.test(id))
      return refused('invalid', 'An endpoint or key id has 1–64 characters of A–Z, a–z, 0–9, _ and -.');
  const target = checkTarget(url, targets);
  // The URL is not repeated: there may be a password in it.
  return target.ok ? undefined : refused('invalid', `The relay does not deliver to this URL: ${target.reason}.`);
}

/** Its first version has the time for a number: one that is made again under the id of a deleted one has another secret. */
function toEndpoint({ randomBytes, clock }: EndpointPorts, input: EndpointInput, master: number): Endpoint {
  const createdAt = clock();
  const { accountId, url, keyId, waive = false, profile = 'standard-webhooks' } = input;
  return {
    accountId,
    endpointId: input.endpointId ?? `ep_${encodeBase32(randomBytes(10))}`,
    url,
    profile,
    ...(keyId !== undefined && { keyId }),
    state: waive ? 'active' : 'unverified',
    createdAt,
    versions: [{ version: Math.floor(createdAt / 1000), master, createdAt }],
  };
}

function taken({ endpointId, accountId }: Pick<EndpointInput, 'endpointId' | 'accountId'>): Outcome<never> {
  return refused('endpoint_taken', `The account ${accountId} has an endpoint ${endpointId} already. Name another id.`);
}

function tooMany(): Outcome<never> {
  const message = `An account has ${LIMITS.endpointsPerAccount} endpoints at most: delete one first.`;
  return refused('endpoint_limit', message);
}

type ReadingPorts = Pick<EndpointPorts, 'accounts' | 'endpoints'>;

/** The oldest first. */
export async function listEndpoints(ports: ReadingPorts, accountId: string): Promise<Outcome<readonly Endpoint[]>> {
  const account = await findAccount(ports, accountId);
  if (!account.ok) return account;
  const endpoints = await ports.endpoints.list(accountId);
  return done(endpoints.toSorted((one, other) => one.createdAt - other.createdAt));
}

export async function showEndpoint(
  ports: ReadingPorts,
  accountId: string,
  endpointId: string,
): Promise<Outcome<Endpoint>> {
  const account = await findAccount(ports, accountId);
  if (!account.ok) return account;
  const endpoint = await ports.endpoints.find(accountId, endpointId);
  return endpoint ? done(endpoint) : unknown(accountId, endpointId);
}

function unknown(accountId: string, endpointId: string): Outcome<never> {
  return refused('endpoint_unknown', `The account ${accountId} has no endpoint ${endpointId}.`);
}

/**
 * What waits to be delivered to it is dropped, within the row cache. Its delivery log stays for as long as it is kept, and
 * its secret stays taken. What was brought from elsewhere goes before the row that names it.
 */
export async function deleteEndpoint(
  ports: ReadingPorts & { readonly importedSecrets: Pick<ImportedSecretStore, 'remove'> },
  accountId: string,
  endpointId: string,
): Promise<Outcome<Endpoint>> {
  const found = await showEndpoint(ports, accountId, endpointId);
  if (!found.ok) return found;
  for (const version of found.value.versions)
    if ('imported' in version) await ports.importedSecrets.remove(version.imported);
  await ports.endpoints.remove(accountId, endpointId);
  return found;
}

export interface WaivedEndpoint {
  readonly endpoint: Endpoint;
  /** Epoch milliseconds: what ended since then can be sent to it by rebuilding events. */
  readonly rebuildableSince: number;
}

/** The operator vouches for it: active from now on. What ended before is sent only when events are rebuilt. */
export async function waiveEndpoint(
  ports: ReadingPorts & Pick<EndpointPorts, 'clock'>,
  accountId: string,
  endpointId: string,
): Promise<Outcome<WaivedEndpoint>> {
  const account = await findLasting(ports, accountId);
  if (!account.ok) return account;
  const found = await showEndpoint(ports, accountId, endpointId);
  if (!found.ok) return found;
  const endpoint: Endpoint = { ...found.value, state: 'active' };
  if (!(await ports.endpoints.change(found.value, endpoint)))
    return refused('changed_meanwhile', `The endpoint ${endpointId} was changed at the same moment. Try again.`);
  const oldestKept = ports.clock() - LIMITS.retentionSeconds * 1000;
  return done({ endpoint, rebuildableSince: Math.max(endpoint.createdAt, oldestKept) });
}
