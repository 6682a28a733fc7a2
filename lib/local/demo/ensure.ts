// What the demo has at every start: made where it is not there, put right where it is. Nobody else is asked.
import type { OutboundProfileId } from '../../protocol/profiles/profiles.ts';
import { secretOf } from '../../relay/keys/resolve-key.ts';
import type { Account, Endpoint } from '../../relay/model/records.ts';
import { ACCOUNT_NUMBERS, requireKeyId } from '../../relay/operator/account-form.ts';
import type { ProvisionedEndpoint } from '../../relay/operator/accounts/endpoints.ts';
import type { ProvisioningPorts } from '../../relay/operator/operator-ports.ts';

/** Active. One that is there keeps what the input leaves out. @throws Error when somebody else changes it meanwhile. */
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
  if (!isThere) throw changedMeanwhile(`account ${input.accountId}`);
  return account;
}

/** Nothing is written over what somebody else has done: the next start finds it. */
export function changedMeanwhile(what: string): Error {
  return new Error(`The ${what} was changed by somebody else at this moment. Start again.`);
}

/**
 * The endpoint and its secret. One that is there keeps its secrets, and what the input leaves out; it gets the new URL
 * and is active again. @throws Error when it is of another profile, an id is none, or somebody else changes it meanwhile.
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
  if (!isThere) throw changedMeanwhile(`endpoint ${input.endpointId}`);
  return { endpoint, secret: secretOf(endpoint, endpoint.versions[0], ring) };
}
