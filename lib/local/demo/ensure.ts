// What the demo has at every start: it creates what is missing and corrects the rest.
import type { OutboundProfileId } from '../../protocol/profiles/profiles.ts';
import { secretOf } from '../../relay/keys/resolve-key.ts';
import type { Account, Endpoint } from '../../relay/model/records.ts';
import { ACCOUNT_NUMBERS, requireKeyId } from '../../relay/operator/account-form.ts';
import type { ProvisionedEndpoint } from '../../relay/operator/accounts/endpoints.ts';
import type { ProvisioningPorts } from '../../relay/operator/operator-ports.ts';

/**
 * Returns the account, active. An existing account keeps what the input leaves out.
 * @throws Error when another process changes it at the same time.
 */
export async function ensureAccount(
  ports: ProvisioningPorts,
  input: { accountId: string; name: string } & Partial<Account>,
): Promise<Account> {
  const { jobsPerMonth, jobsPerMinute, jobDeadlineSeconds, resultFreshnessSeconds } = ACCOUNT_NUMBERS;
  const found = await ports.accounts.find(input.accountId);
  const account: Account = {
    jobsPerMonth: jobsPerMonth.default,
    jobsPerMinute: jobsPerMinute.default,
    jobDeadlineSeconds: jobDeadlineSeconds.default,
    resultFreshnessSeconds: resultFreshnessSeconds.default,
    pools: ['default'],
    ...found,
    ...(found && found.state !== 'active' && { stateSince: ports.clock() }),
    state: 'active',
    ...input,
  };
  for (const pool of account.pools) await ports.registry.createQueue({ accountId: account.accountId, pool });
  const isThere = found ? await ports.accounts.change(found, account) : await ports.accounts.create(account);
  if (!isThere) throw concurrentChange(`account ${input.accountId}`);
  return account;
}

/** Returns the error for a concurrent change. Nothing was overwritten, and the next start reads the change. */
export function concurrentChange(what: string): Error {
  return new Error(`The ${what} was changed by another process at the same time. Start again.`);
}

/**
 * Returns the endpoint, active, and its secret. An existing endpoint gets the new URL and keeps its secrets and
 * everything that the input leaves out.
 * @throws Error when the endpoint has another profile, an id is malformed, or another process changes it at the same
 *   time.
 */
export async function ensureEndpoint(
  ports: ProvisioningPorts,
  input: { endpointId: string; accountId: string; url: string; profile: OutboundProfileId; keyId?: string },
): Promise<ProvisionedEndpoint> {
  for (const id of [input.endpointId, input.keyId ?? input.endpointId]) requireKeyId(id);
  const ring = await ports.outboundRing.read();
  const found = await ports.endpoints.find(input.accountId, input.endpointId);
  if (found && found.profile !== input.profile)
    throw new Error(`The endpoint ${input.endpointId} is signed as ${found.profile}.`);
  const { createdAt, versions } = found ?? {
    createdAt: ports.clock(),
    versions: [{ version: 1, master: ring.current }],
  };
  const endpoint: Endpoint = {
    ...found,
    state: 'active',
    ...input,
    createdAt,
    versions: [versions[0], ...versions.slice(1)],
  };
  const isThere = found ? await ports.endpoints.change(found, endpoint) : await ports.endpoints.create(endpoint);
  if (!isThere) throw concurrentChange(`endpoint ${input.endpointId}`);
  return { endpoint, secret: secretOf(endpoint, endpoint.versions[0], ring) };
}
