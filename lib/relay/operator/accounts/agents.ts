// Agents: the token that makes a desktop one, who they are, and the operator's word about each.

import { LIMITS } from '../../../api/limits.ts';
import { makeEnrollmentToken } from '../../../protocol/enrollment-token.ts';
import type { Secret } from '../../../protocol/secret.ts';
import { isOnline } from '../../jobs/pending-reason.ts';
import type { Clock, Presence } from '../../model/ports.ts';
import type { AgentPresence } from '../../model/records.ts';
import { refuseBadWords } from '../account-form.ts';
import { findAccount, findLasting } from '../find-account.ts';
import type { AccountRegister, AgentRegister, Registry } from '../operator-ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';

export interface TokenPorts {
  readonly accounts: AccountRegister;
  readonly registry: Pick<Registry, 'putGrant'>;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
}

export interface TokenInput {
  readonly accountId: string;
  /** Absent: the account's default. */
  readonly pool?: string | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly relayUrl: string;
}

export interface IssuedToken {
  readonly token: Secret;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly pool: string;
}

/** A token for one desktop, good once and for ten minutes. */
export async function createEnrollmentToken(ports: TokenPorts, input: TokenInput): Promise<Outcome<IssuedToken>> {
  const bad = refuseBadWords({ labels: input.labels });
  if (bad) return bad;
  const found = await findLasting(ports, input.accountId);
  if (!found.ok) return found;
  const { accountId, state, pools } = found.value;
  const pool = input.pool ?? pools[0];
  if (state === 'suspended')
    return refused('account_suspended', `The account ${accountId} is suspended: no agent is enrolled in it.`);
  if (!pools.includes(pool)) return refused('pool_unknown', `The account ${accountId} has no pool ${pool}.`);
  const { token, tokenSha256 } = makeEnrollmentToken(input.relayUrl, () => ports.randomBytes(32));
  const expiresAt = ports.clock() + LIMITS.enrollmentTokenSeconds * 1000;
  await ports.registry.putGrant({ tokenSha256, accountId, pool, labels: input.labels ?? [], expiresAt });
  return done({ token, expiresAt, pool });
}

export interface AgentPorts {
  readonly accounts: AccountRegister;
  readonly presence: Pick<Presence, 'list'>;
  readonly agents: AgentRegister;
  readonly clock: Clock;
}

/** `isOnline` is as good as presence: up to some minutes old. */
export type ListedAgent = AgentPresence & { readonly isOnline: boolean };

/** By pool, the longest enrolled first. The revoked ones are in it. */
export async function listAgents(
  ports: Pick<AgentPorts, 'accounts' | 'presence' | 'clock'>,
  accountId: string,
): Promise<Outcome<readonly ListedAgent[]>> {
  const account = await findAccount(ports, accountId);
  if (!account.ok) return account;
  const nowMs = ports.clock();
  const agents = (await ports.presence.list(accountId)).toSorted(byPoolAndAge);
  return done(agents.map((agent) => ({ ...agent, isOnline: agent.state !== 'revoked' && isOnline(agent, nowMs) })));
}

function byPoolAndAge(one: AgentPresence, other: AgentPresence): number {
  return one.pool.localeCompare(other.pool, 'en') || one.enrolledAt - other.enrolledAt;
}

/** Within the row cache it gets no new work; it finishes, renews and reports what it holds. */
export async function pauseAgent(ports: AgentPorts, accountId: string, agentId: string): Promise<Outcome<ListedAgent>> {
  return setAgentState(ports, { accountId, agentId }, 'paused');
}

export async function resumeAgent(
  ports: AgentPorts,
  accountId: string,
  agentId: string,
): Promise<Outcome<ListedAgent>> {
  return setAgentState(ports, { accountId, agentId }, 'active');
}

/** For good. Within the row cache its requests are an unknown key's; what it holds runs out and goes to another. */
export async function revokeAgent(
  ports: AgentPorts,
  accountId: string,
  agentId: string,
): Promise<Outcome<ListedAgent>> {
  return setAgentState(ports, { accountId, agentId }, 'revoked');
}

async function setAgentState(
  ports: AgentPorts,
  agent: { readonly accountId: string; readonly agentId: string },
  state: AgentPresence['state'],
): Promise<Outcome<ListedAgent>> {
  const { accountId, agentId } = agent;
  const account = await findLasting(ports, accountId);
  if (!account.ok) return account;
  const what = await ports.agents.setState(agent, state, ports.clock());
  if (what === 'revoked') return refused('agent_revoked', `The agent ${agentId} is revoked for good. Enrol it anew.`);
  const listed = what === 'done' ? await listAgents(ports, accountId) : undefined;
  const found = listed?.ok ? listed.value.find((one) => one.agentId === agentId) : undefined;
  return found
    ? done({ ...found, state })
    : refused('agent_unknown', `The account ${accountId} has no agent ${agentId}.`);
}
