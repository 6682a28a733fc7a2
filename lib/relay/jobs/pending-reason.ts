// Decides why a queued job has no agent yet. It relies on presence rows, which may be up to five minutes old.

import { LIMITS } from '../../api/limits.ts';
import type { PendingReason } from '../../protocol/pending-reasons.ts';
import type { AgentPresence, Job } from '../model/records.ts';
import { TUNING } from '../model/tuning.ts';

/** What is known when the reason is decided. */
export interface WaitingFacts {
  /** All agents of the job's account, in any order. */
  readonly agents: readonly AgentPresence[];
  /** How many live leases each agent is known to hold, by its id. An agent may hold more. */
  readonly leases?: ReadonlyMap<string, number>;
}

/** Returns why a queued job of the pool waits. An agent is busy only if it is known to be. */
export function decidePendingReason({ agents, leases }: WaitingFacts, pool: string, nowMs: number): PendingReason {
  const enrolled = agents.filter(({ state }) => state !== 'revoked');
  if (enrolled.length === 0) return 'no_agent_enrolled';
  const inPool = enrolled.filter((agent) => agent.pool === pool);
  if (inPool.length === 0) return 'no_agent_in_pool';
  const online = inPool.filter((agent) => isOnline(agent, nowMs));
  if (online.length === 0) return 'no_agent_online';
  const active = online.filter(({ state }) => state !== 'paused');
  if (active.length === 0) return 'agents_paused';
  const isBusy = ({ agentId }: AgentPresence) => (leases?.get(agentId) ?? 0) >= LIMITS.agentJobs;
  return active.every(isBusy) ? 'agents_busy' : 'next_poll';
}

/** Returns how many live leases each agent holds among the jobs, by its id. */
export function countLiveLeases(jobs: readonly Job[], nowMs: number): ReadonlyMap<string, number> {
  const live = jobs.filter(({ state, leaseUntil = 0 }) => state === 'leased' && leaseUntil > nowMs);
  return new Map([...Map.groupBy(live, ({ leasedBy = '' }) => leasedBy)].map(([agent, held]) => [agent, held.length]));
}

/**
 * Returns true if the agent was seen within `TUNING.presenceOnlineSeconds`. Presence is written less often than an agent
 * polls, so the agent's last poll may be newer than `lastSeenAt`.
 */
export function isOnline({ lastSeenAt }: AgentPresence, nowMs: number): boolean {
  return lastSeenAt !== undefined && nowMs - lastSeenAt <= TUNING.presenceOnlineSeconds * 1000;
}
