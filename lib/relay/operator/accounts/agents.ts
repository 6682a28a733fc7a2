// Operators' commands on agents: make an enrolment token, list, pause, resume and revoke.

import { LIMITS } from '../../../api/limits.ts';
import { makeEnrollmentToken } from '../../../protocol/enrollment-token.ts';
import type { Secret } from '../../../protocol/secret.ts';
import { isOnline } from '../../jobs/pending-reason.ts';
import type { Clock, Presence } from '../../model/ports.ts';
import type { AgentPresence } from '../../model/records.ts';
import { refuseInvalidValues } from '../account-form.ts';
import { findAccount, findChangeableAccount } from '../find-account.ts';
import type { AccountRegister, AgentRegister, Registry } from '../operator-ports.ts';
import { done, type Outcome, refused } from '../outcome.ts';
import { refuseUnknownPool } from './pools.ts';

export interface TokenPorts {
  readonly accounts: AccountRegister;
  readonly registry: Pick<Registry, 'putGrant'>;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
}

export interface TokenInput {
  readonly accountId: string;
  /** The account's default pool is used if it is absent. */
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

/** Makes an enrolment token for one desktop. It works once, within ten minutes. */
export async function createEnrollmentToken(ports: TokenPorts, input: TokenInput): Promise<Outcome<IssuedToken>> {
  const invalid = refuseInvalidValues({ labels: input.labels });
  if (invalid) return invalid;
  const found = await findChangeableAccount(ports, input.accountId);
  if (!found.ok) return found;
  const { accountId, state, pools } = found.value;
  const pool = input.pool ?? pools[0];
  if (state === 'suspended')
    return refused('account_suspended', `The account ${accountId} is suspended. Resume it before you enrol an agent.`);
  if (!pools.includes(pool)) return refuseUnknownPool(accountId, pool);
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

/** An agent with its online state, which is as current as its presence row: up to some minutes old. */
export type ListedAgent = AgentPresence & { readonly isOnline: boolean };

/** Returns all agents of an account, also revoked ones, sorted by pool and then by age, oldest first. */
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

function byPoolAndAge(a: AgentPresence, b: AgentPresence): number {
  return a.pool.localeCompare(b.pool, 'en') || a.enrolledAt - b.enrolledAt;
}

/** Pauses an agent and returns it. It gets no new jobs once cached rows expire, but may finish the jobs that it holds. */
export async function pauseAgent(ports: AgentPorts, accountId: string, agentId: string): Promise<Outcome<ListedAgent>> {
  return setAgentState(ports, { accountId, agentId }, 'paused');
}

/** Makes a paused agent active again and returns it. */
export async function resumeAgent(
  ports: AgentPorts,
  accountId: string,
  agentId: string,
): Promise<Outcome<ListedAgent>> {
  return setAgentState(ports, { accountId, agentId }, 'active');
}

/**
 * Revokes an agent permanently and returns it. Once cached rows expire, its requests are refused like those of an unknown
 * key. Its leases expire, and other agents get the jobs.
 */
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
  const account = await findChangeableAccount(ports, accountId);
  if (!account.ok) return account;
  const result = await ports.agents.setState(agent, state, ports.clock());
  if (result === 'revoked')
    return refused('agent_revoked', `The agent ${agentId} is revoked permanently. Enrol the desktop as a new agent.`);
  const listed = result === 'done' ? await listAgents(ports, accountId) : undefined;
  const found = listed?.ok ? listed.value.find((candidate) => candidate.agentId === agentId) : undefined;
  return found ? done({ ...found, state }) : refuseUnknownAgent(accountId, agentId);
}

function refuseUnknownAgent(accountId: string, agentId: string): Outcome<never> {
  const message = `The account ${accountId} has no agent ${agentId}. Look up the id in the account’s list of agents.`;
  return refused('agent_unknown', message);
}
