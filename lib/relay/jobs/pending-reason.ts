// Why a job that is queued has no agent yet, as far as presence tells: it is up to five minutes old.

import type { PendingReason } from '../../protocol/pending-reasons.ts';
import type { AgentPresence } from '../model/records.ts';
import { TUNING } from '../model/tuning.ts';

/** `agents` are those of the job's account, in any order. */
export function decidePendingReason(agents: readonly AgentPresence[], pool: string, nowMs: number): PendingReason {
  const enrolled = agents.filter(({ state }) => state !== 'revoked');
  if (enrolled.length === 0) return 'no_agent_enrolled';
  const inPool = enrolled.filter((agent) => agent.pool === pool);
  if (inPool.length === 0) return 'no_agent_in_pool';
  const online = inPool.filter((agent) => isOnline(agent, nowMs));
  if (online.length === 0) return 'no_agent_online';
  return online.every(({ state }) => state === 'paused') ? 'agents_paused' : 'agents_busy';
}

/** Presence is written less often than an agent polls, so that it may be older than the agent's last poll. */
export function isOnline({ lastSeenAt }: AgentPresence, nowMs: number): boolean {
  return lastSeenAt !== undefined && nowMs - lastSeenAt <= TUNING.presenceOnlineSeconds * 1000;
}
