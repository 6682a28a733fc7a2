// Operators' commands on webhook endpoints: create, list, show, waive and delete.

import { LIMITS } from '../../../api/limits.ts';
import { encodeBase32 } from '../../../protocol/base32.ts';
import { KEY_ID } from '../../../protocol/grammar.ts';
import type { OutboundProfileId } from '../../../protocol/profiles/profiles.ts';
import type { Secret } from '../../../protocol/secret.ts';
import { checkTarget, type TargetPolicy } from '../../delivery/target-policy.ts';
import { secretOf } from '../../keys/resolve-key.ts';
import type { Clock, ImportedSecretStore, KeyRings } from '../../model/ports.ts';
import type { Endpoint } from '../../model/records.ts';
import { findAccount, findChangeableAccount } from '../find-account.ts';
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
  /** A new id is made if it is absent. */
  readonly endpointId?: string | undefined;
  readonly url: string;
  /** `standard-webhooks` is used if it is absent. */
  readonly profile?: OutboundProfileId | undefined;
  /** The key id that deliveries carry, if the profile has one. The endpoint's id is used if it is absent. */
  readonly keyId?: string | undefined;
  /** Makes the endpoint active at once. Otherwise it gets no delivery until an operator waives it. */
  readonly waive?: boolean | undefined;
}

export interface ProvisionedEndpoint {
  readonly endpoint: Endpoint;
  readonly secret: Secret;
}

/** Creates an endpoint, and returns it with its secret. The secret is not shown again. */
export async function createEndpoint(
  ports: EndpointPorts,
  input: EndpointInput,
): Promise<Outcome<ProvisionedEndpoint>> {
  const invalid = refuseInvalidInput(ports, input);
  if (invalid) return invalid;
  const account = await findChangeableAccount(ports, input.accountId);
  if (!account.ok) return account;
  const current = await ports.endpoints.list(input.accountId);
  if (current.some(({ endpointId }) => endpointId === input.endpointId)) return refuseTakenId(input);
  if (current.length >= LIMITS.endpointsPerAccount) return refuseAtLimit();
  const ring = await ports.outboundRing.read();
  const endpoint = toEndpoint(ports, input, ring.current);
  const [{ version }] = endpoint.versions;
  const secret = secretOf(endpoint, endpoint.versions[0], ring);
  const { accountId, endpointId: id } = endpoint;
  const claimed = await claimSecret(ports, secret, { direction: 'outbound', accountId, id, version });
  if (!claimed.ok) return claimed;
  if (!(await ports.endpoints.create(endpoint))) return refuseTakenId(endpoint);
  return (await removeIfOverLimit(ports, endpoint)) ? refuseAtLimit() : done({ endpoint, secret });
}

/**
 * Removes the new endpoint if the account now has too many, and returns whether it did. Two commands can both see room for
 * the last endpoint. The later one then sees both endpoints and removes its own; sometimes both commands do.
 */
async function removeIfOverLimit({ endpoints }: EndpointPorts, { accountId, endpointId }: Endpoint): Promise<boolean> {
  if ((await endpoints.list(accountId)).length <= LIMITS.endpointsPerAccount) return false;
  await endpoints.remove(accountId, endpointId);
  return true;
}

function refuseInvalidInput({ targets }: EndpointPorts, { url, endpointId, keyId }: EndpointInput) {
  for (const id of [endpointId, keyId])
    if (id !== undefined && !KEY_ID.test(id))
      return refused('invalid', 'An endpoint or key id has 1–64 characters of A–Z, a–z, 0–9, _ and -.');
  const target = checkTarget(url, targets);
  // The message does not repeat the URL, because it may hold a password.
  return target.ok ? undefined : refused('invalid', `The relay cannot deliver to this URL: ${target.reason}.`);
}

/**
 * Returns the new row. The number of its first secret version is the current time, so that an endpoint that reuses the id
 * of a deleted one has another secret.
 */
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

function refuseTakenId({ endpointId, accountId }: Pick<EndpointInput, 'endpointId' | 'accountId'>): Outcome<never> {
  const message = `The account ${accountId} has an endpoint ${endpointId} already. Choose another id.`;
  return refused('endpoint_taken', message);
}

function refuseAtLimit(): Outcome<never> {
  const message = `An account has at most ${LIMITS.endpointsPerAccount} endpoints. Delete one of them first.`;
  return refused('endpoint_limit', message);
}

type ReadingPorts = Pick<EndpointPorts, 'accounts' | 'endpoints'>;

/** Returns the account's endpoints, oldest first. */
export async function listEndpoints(ports: ReadingPorts, accountId: string): Promise<Outcome<readonly Endpoint[]>> {
  const account = await findAccount(ports, accountId);
  if (!account.ok) return account;
  const endpoints = await ports.endpoints.list(accountId);
  return done(endpoints.toSorted((a, b) => a.createdAt - b.createdAt));
}

/** Returns one endpoint of an account. */
export async function showEndpoint(
  ports: ReadingPorts,
  accountId: string,
  endpointId: string,
): Promise<Outcome<Endpoint>> {
  const account = await findAccount(ports, accountId);
  if (!account.ok) return account;
  const endpoint = await ports.endpoints.find(accountId, endpointId);
  return endpoint ? done(endpoint) : refuseUnknownEndpoint(accountId, endpointId);
}

function refuseUnknownEndpoint(accountId: string, endpointId: string): Outcome<never> {
  const message = `The account ${accountId} has no endpoint ${endpointId}. Look up the id in the list of its endpoints.`;
  return refused('endpoint_unknown', message);
}

/**
 * Deletes an endpoint and returns it. Once cached rows expire, its waiting deliveries are dropped. Its delivery log stays
 * for the retention period, and no other key or endpoint may use its secret. Imported secrets are removed first, because
 * only the row names them.
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
  /** Epoch milliseconds. Events that are newer can be sent to the endpoint with a rebuild. */
  readonly rebuildableSince: number;
}

/**
 * Makes an endpoint active, because the operator vouches for it, and returns it. Events from before are sent only if the
 * operator rebuilds them.
 */
export async function waiveEndpoint(
  ports: ReadingPorts & Pick<EndpointPorts, 'clock'>,
  accountId: string,
  endpointId: string,
): Promise<Outcome<WaivedEndpoint>> {
  const account = await findChangeableAccount(ports, accountId);
  if (!account.ok) return account;
  const found = await showEndpoint(ports, accountId, endpointId);
  if (!found.ok) return found;
  const endpoint: Endpoint = { ...found.value, state: 'active' };
  if (!(await ports.endpoints.change(found.value, endpoint)))
    return refused('changed_meanwhile', `The endpoint ${endpointId} was changed by another command. Try again.`);
  const oldestKept = ports.clock() - LIMITS.retentionSeconds * 1000;
  return done({ endpoint, rebuildableSince: Math.max(endpoint.createdAt, oldestKept) });
}
