// Operators' commands on accounts: create, list, show, change, suspend and resume. Each can be repeated after a crash.

import { encodeBase32 } from '../../../protocol/base32.ts';
import type { QuotaView } from '../../../protocol/messages.ts';
import { viewQuota } from '../../admission/read-quota.ts';
import { isOnline } from '../../jobs/pending-reason.ts';
import type { Clock, Directory, Presence, QuotaLedger } from '../../model/ports.ts';
import type { Account } from '../../model/records.ts';
import { ACCOUNT_NUMBERS, type AccountNumber, refuseInvalidValues } from '../account-form.ts';
import { changeAccount, findAccount, findChangeableAccount } from '../find-account.ts';
import type { AccountRegister, EndpointRegister, Registry } from '../operator-ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';

export interface AccountPorts {
  readonly accounts: AccountRegister;
  readonly registry: Pick<Registry, 'createQueue'>;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
}

type AccountNumbers = Partial<Readonly<Record<AccountNumber, number | undefined>>>;

export interface AccountInput extends AccountNumbers {
  /** Name the id to repeat a creation that was interrupted. A new id is made if it is absent. */
  readonly accountId?: string | undefined;
  readonly name: string;
  /** The first is the default. */
  readonly pools?: readonly string[] | undefined;
}

/** Returns a new account id: sixteen base32 characters. */
export function makeAccountId(randomBytes: (count: number) => Buffer): string {
  return encodeBase32(randomBytes(10));
}

/**
 * Creates an account with its job queues and returns it. The row is written last, so an account that is visible can accept
 * jobs. A repeat with the same input completes an interrupted creation. Another input with the same id is refused.
 */
export async function createAccount(ports: AccountPorts, input: AccountInput): Promise<Outcome<Account>> {
  const invalid = refuseInvalidValues(input);
  if (invalid) return invalid;
  const requested = toAccount(input, input.accountId ?? makeAccountId(ports.randomBytes), ports.clock());
  const found = await ports.accounts.find(requested.accountId);
  if (found && !matchesInput(found, input)) return refuseTakenId(found);
  const account = found ?? requested;
  for (const pool of account.pools) await ports.registry.createQueue({ accountId: account.accountId, pool });
  if (await ports.accounts.create(account)) return done(account);
  const current = await ports.accounts.find(account.accountId);
  return current && matchesInput(current, input) ? done(current) : refuseTakenId(account);
}

function toAccount(input: AccountInput, accountId: string, nowMs: number): Account {
  const [first = 'default', ...others] = input.pools ?? [];
  const { jobsPerMonth, jobsPerMinute, jobDeadlineSeconds, resultFreshnessSeconds } = ACCOUNT_NUMBERS;
  return {
    accountId,
    name: input.name,
    state: 'active',
    stateSince: nowMs,
    jobsPerMonth: input.jobsPerMonth ?? jobsPerMonth.default,
    jobsPerMinute: input.jobsPerMinute ?? jobsPerMinute.default,
    jobDeadlineSeconds: input.jobDeadlineSeconds ?? jobDeadlineSeconds.default,
    resultFreshnessSeconds: input.resultFreshnessSeconds ?? resultFreshnessSeconds.default,
    pools: [first, ...others],
  };
}

/** Returns true if the account has all values of the input. Values that the input does not name may differ. */
function matchesInput(account: Account, input: AccountInput): boolean {
  if (account.state === 'deleting') return false;
  const inputs = Object.entries(input).filter(([, value]) => value !== undefined);
  return inputs.every(([name, value]) => JSON.stringify(account[name as keyof Account]) === JSON.stringify(value));
}

function refuseTakenId({ accountId, name, state }: Account): Outcome<never> {
  const why = state === 'deleting' ? 'and is being deleted' : `as ${name}, with other values than these`;
  return refused(
    'account_taken',
    `The account ${accountId} exists already ${why}. Create the account with another id.`,
  );
}

/** Returns all accounts, sorted by name. */
export async function listAccounts(ports: {
  readonly directory: Pick<Directory, 'listAccounts'>;
}): Promise<Outcome<readonly Account[]>> {
  const accounts = await ports.directory.listAccounts();
  return done(accounts.toSorted((a, b) => a.name.localeCompare(b.name, 'en')));
}

export interface AccountView {
  readonly account: Account;
  readonly quota: QuotaView;
  /** Revoked agents are not counted. */
  readonly agents: { readonly total: number; readonly online: number; readonly paused: number };
  readonly endpoints: { readonly total: number; readonly active: number };
}

export interface AccountViewPorts {
  readonly accounts: AccountRegister;
  readonly quota: Pick<QuotaLedger, 'read'>;
  readonly presence: Pick<Presence, 'list'>;
  readonly endpoints: Pick<EndpointRegister, 'list'>;
  readonly clock: Clock;
}

/** Returns an account with its quota and the numbers of its agents and endpoints. */
export async function showAccount(ports: AccountViewPorts, accountId: string): Promise<Outcome<AccountView>> {
  const found = await findAccount(ports, accountId);
  if (!found.ok) return found;
  const nowMs = ports.clock();
  const [quota, presence, endpoints] = await Promise.all([
    viewQuota(ports, found.value, nowMs),
    ports.presence.list(accountId),
    ports.endpoints.list(accountId),
  ]);
  const agents = presence.filter(({ state }) => state !== 'revoked');
  return done({
    account: found.value,
    quota,
    agents: {
      total: agents.length,
      online: agents.filter((agent) => isOnline(agent, nowMs)).length,
      paused: agents.filter(({ state }) => state === 'paused').length,
    },
    endpoints: { total: endpoints.length, active: endpoints.filter(({ state }) => state === 'active').length },
  });
}

export interface AccountChange {
  readonly name?: string | undefined;
  readonly jobDeadlineSeconds?: number | undefined;
  readonly resultFreshnessSeconds?: number | undefined;
}

/** Changes the given values of an account and returns it. Existing jobs keep their deadline. */
export async function setAccount(
  ports: Pick<AccountPorts, 'accounts'>,
  accountId: string,
  change: AccountChange,
): Promise<Outcome<Account>> {
  const invalid = refuseInvalidValues(change);
  if (invalid) return invalid;
  const found = await findChangeableAccount(ports, accountId);
  if (!found.ok) return found;
  const changes = Object.entries(change).filter(([, value]) => value !== undefined);
  return changeAccount(ports, found.value, Object.fromEntries(changes));
}

/**
 * Suspends an account and returns it. As soon as cached rows expire, partners are refused with `account_suspended`, and
 * agents get no new work. Agents may finish the jobs that they hold.
 */
export async function suspendAccount(
  ports: Pick<AccountPorts, 'accounts' | 'clock'>,
  accountId: string,
): Promise<Outcome<Account>> {
  return setState(ports, accountId, 'suspended');
}

/** Makes a suspended account active again and returns it. */
export async function resumeAccount(
  ports: Pick<AccountPorts, 'accounts' | 'clock'>,
  accountId: string,
): Promise<Outcome<Account>> {
  return setState(ports, accountId, 'active');
}

/** Sets the state. A repeat changes nothing, so `stateSince` stays the time of the first change. */
async function setState(
  ports: Pick<AccountPorts, 'accounts' | 'clock'>,
  accountId: string,
  state: 'active' | 'suspended',
): Promise<Outcome<Account>> {
  const found = await findChangeableAccount(ports, accountId);
  if (!found.ok || found.value.state === state) return found;
  return changeAccount(ports, found.value, { state, stateSince: ports.clock() });
}
