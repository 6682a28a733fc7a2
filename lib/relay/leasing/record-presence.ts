// Writes when an agent was seen and what it says of itself, as rarely as possible: an idle agent must cost little.

import type { AgentStatement } from '../../protocol/messages.ts';
import { sha256 } from '../../protocol/sha256.ts';
import type { AgentCall } from '../http/request-pipeline.ts';
import type { Presence } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';
import type { Pace } from './poll-schedule.ts';
import type { SeenAgent, SeenAgents } from './seen-agents.ts';

/** The ports that recording a presence needs. */
export interface PresencePorts {
  readonly presence: Pick<Presence, 'recordSeen'>;
  /** Shared by all pulls of this process. */
  readonly seenAgents: SeenAgents;
}

/**
 * Writes the agent's presence every ten minutes, and when what it says of itself has changed. Returns how it was last
 * written. The pace carries that, so that no read is needed. If an agent sends a false pace, each process still writes at
 * most once in ten minutes, and a changed statement at most once a minute.
 */
export async function recordPresence(
  ports: PresencePorts,
  call: AgentCall,
  echoed: Pace,
  says: AgentStatement | undefined,
): Promise<SeenAgent> {
  const { record } = call.verified.key;
  const nowSeconds = Math.floor(call.nowMs / 1000);
  const own = ports.seenAgents.find(record.keyId);
  const { seenAt, said } = own.seenAt >= echoed.seenAt ? own : echoed;
  const saying = digestOf(says);
  const isDue = nowSeconds - seenAt >= TUNING.presenceWriteSeconds;
  const hasChanged = saying !== said && nowSeconds - own.seenAt >= TUNING.presenceChangeSeconds;
  if (!isDue && !hasChanged) return { seenAt, said };
  await ports.presence.recordSeen(record, call.nowMs, says);
  const written = { seenAt: nowSeconds, said: saying };
  ports.seenAgents.record(record.keyId, written);
  return written;
}

function digestOf(says: AgentStatement | undefined): string {
  return says
    ? sha256(Buffer.from(JSON.stringify(says)))
        .toString('hex')
        .slice(0, 8)
    : '';
}
