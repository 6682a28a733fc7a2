// Accounts: made with their queues, looked at, changed, suspended. Every operation is repeatable after a crash.

import { encodeBase32 } from '../../../protocol/base32.ts';
import type { QuotaView } from '../../../protocol/messages.ts';
import { viewQuota } from '../../admission/read-quota.ts';
import { isOnline } from '../../jobs/pending-reason.ts';
import type { Clock, Directory, Presence, QuotaLedger } from '../../model/ports.ts';
import type { Account } from '../../model/records.ts';
import { ACCOUNT_NUMBERS, type AccountNumber, refuseBadWords } from '../account-form.ts';
import { changeAccount, findAccount, findLasting } from '../find-account.ts';
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
  /** Named to repeat what a crash cut off. Absent: a new one. */
  readonly accountId?: string | undefined;
  readonly name: string;
  /** The first is the default. */
  readonly pools?: readonly string[] | undefined;
}

/** Sixteen base32 characters. */
export function makeAccountId(randomBytes: (count: number) => Buffer): string {
  return encodeBase32(randomBytes(10));
}

/**
 * Queues first, row last: an account that can be seen can take jobs. The same input again is carried out to the end;
 * another one under the same id is refused.
 */
export async function createAccount(ports: AccountPorts, input: AccountInput): Promise<Outcome<Account>> {
  const bad = refuseBadWords(input);
  if (bad) return bad;
  const requested = toAccount(input, input.accountId ?? makeAccountId(ports.randomBytes), ports.clock());
  const found = await ports.accounts.find(requested.accountId);
  if (found && !matchesInput(found, input)) return taken(found);
  const account = found ?? requested;
  for (const pool of account.pools) await ports.registry.createQueue({ accountId: account.accountId, pool });
  if (await ports.accounts.create(account)) return done(account);
  const current = await ports.accounts.find(account.accountId);
  return current && matchesInput(current, input) ? done(current) : taken(account);
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

/** What is not requested for may have changed since. */
function matchesInput(account: Account, input: AccountInput): boolean {
  if (account.state === 'deleting') return false;
  const inputs = Object.entries(input).filter(([, value]) => value !== undefined);
  return inputs.every(([name, value]) => JSON.stringify(account[name as keyof Account]) === JSON.stringify(value));
}

function taken({ accountId, name, state }: Account): Outcome<never> {
  const what = state === 'deleting' ? 'is being deleted' : `is ${name}, or has other numbers or pools`;
  return refused('account_taken', `The account ${accountId} is there already and ${what}.`);
}

/** In the order of their names. */
export async function listAccounts(ports: {
  readonly directory: Pick<Directory, 'listAccounts'>;
}): Promise<Outcome<readonly Account[]>> {
  const accounts = await ports.directory.listAccounts();
  return done(accounts.toSorted((one, other) => one.name.localeCompare(other.name, 'en')));
}

export interface AccountView {
  readonly account: Account;
  readonly quota: QuotaView;
  /** Those that are revoked are not counted. */
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

/** What is not given stays. Jobs that are there already keep their deadline. */
export async function setAccount(
  ports: Pick<AccountPorts, 'accounts'>,
  accountId: string,
  change: AccountChange,
): Promise<Outcome<Account>> {
  const bad = refuseBadWords(change);
  if (bad) return bad;
  const found = await findLasting(ports, accountId);
  if (!found.ok) return found;
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return changeAccount(ports, found.value, Object.fromEntries(given));
}

/** Partners get `account_suspended` within the row cache; agents finish what they hold and get no new work. */
export async function suspendAccount(
  ports: Pick<AccountPorts, 'accounts' | 'clock'>,
  accountId: string,
): Promise<Outcome<Account>> {
  return setState(ports, accountId, 'suspended');
}

export async function resumeAccount(
  ports: Pick<AccountPorts, 'accounts' | 'clock'>,
  accountId: string,
): Promise<Outcome<Account>> {
  return setState(ports, accountId, 'active');
}

/** A repeat leaves the time of the first. */
async function setState(
  ports: Pick<AccountPorts, 'accounts' | 'clock'>,
  accountId: string,
  state: 'active' | 'suspended',
): Promise<Outcome<Account>> {
  const found = await findLasting(ports, accountId);
  if (!found.ok || found.value.state === state) return found;
  return changeAccount(ports, found.value, { state, stateSince: ports.clock() });
}
