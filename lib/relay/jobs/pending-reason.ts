// Decides why a queued job has no agent yet. It relies on presence rows, which may be up to five minutes old.

import type { PendingReason } from '../../protocol/pending-reasons.ts';
import type { AgentPresence } from '../model/records.ts';
import { TUNING } from '../model/tuning.ts';

/** Returns why a queued job of the pool waits. `agents` are all agents of the job's account, in any order. */
export function decidePendingReason(agents: readonly AgentPresence[], pool: string, nowMs: number): PendingReason {
  const enrolled = agents.filter(({ state }) => state !== 'revoked');
  if (enrolled.length === 0) return 'no_agent_enrolled';
  const inPool = enrolled.filter((agent) => agent.pool === pool);
  if (inPool.length === 0) return 'no_agent_in_pool';
  const online = inPool.filter((agent) => isOnline(agent, nowMs));
  if (online.length === 0) return 'no_agent_online';
  return online.every(({ state }) => state === 'paused') ? 'agents_paused' : 'agents_busy';
}

/**
 * Returns true if the agent was seen within `TUNING.presenceOnlineSeconds`. Presence is written less often than an agent
 * polls, so the agent's last poll may be newer than `lastSeenAt`.
 */
export function isOnline({ lastSeenAt }: AgentPresence, nowMs: number): boolean {
  return lastSeenAt !== undefined && nowMs - lastSeenAt <= TUNING.presenceOnlineSeconds * 1000;
}
