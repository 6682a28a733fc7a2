// One identity, one running agent: the newest instance to arrive replaces the one before, which is then refused.

import type { AgentCall } from '../http/request-pipeline.ts';
import type { Refusal } from '../model/http-response.ts';
import type { AgentInstances, Clock, Directory, EventLog } from '../model/ports.ts';
import type { AgentKey } from '../model/records.ts';
import { TUNING } from '../model/tuning.ts';

/** The ports that checking an instance needs. */
export interface InstancePorts {
  readonly directory: Pick<Directory, 'findKey'>;
  readonly instances: AgentInstances;
  readonly eventLog: EventLog;
  readonly clock: Clock;
}

/** `new`: the instance was not seen before, so it becomes the current one. */
export type InstanceState = 'current' | 'replaced' | 'new';

/** Decides what an instance is to the key of its agent. */
export function decideInstance({ instance, replaced = [] }: AgentKey, candidate: string): InstanceState {
  if (candidate === instance) return 'current';
  return replaced.includes(candidate) ? 'replaced' : 'new';
}

/**
 * Refuses the pull of an instance that another one has replaced, with `agent_identity_in_use`. An instance that was not
 * seen before replaces the current one, by order of arrival. Older agents name no instance and are not checked. Each
 * process reads the key anyway, once a minute, so a replaced instance is refused within that time.
 */
export async function checkInstance(
  ports: InstancePorts,
  call: AgentCall,
  instance: string | undefined,
): Promise<Refusal | undefined> {
  const { record } = call.verified.key;
  const state = instance === undefined ? 'current' : decideInstance(record, instance);
  if (instance === undefined || state === 'current') return undefined;
  if (state === 'replaced') return REPLACED;
  for (let tries = 0; tries < TUNING.instanceTries; tries += 1) {
    // The cached row may be older than the instance, even if it was read in this millisecond.
    const current = await ports.directory.findKey(record.keyId, ports.clock() + 1);
    const decided = current?.kind === 'agent' ? decideInstance(current, instance) : 'current';
    if (current?.kind !== 'agent' || decided === 'current') return undefined;
    if (decided === 'replaced') return REPLACED;
    if (await ports.instances.replace(current, instance)) {
      const { accountId, keyId: agentId } = record;
      if (current.instance !== undefined) ports.eventLog.record({ event: 'agent.replaced', accountId, agentId });
      return undefined;
    }
  }
  return undefined;
}

const REPLACED: Refusal = {
  problem: 'agent_identity_in_use',
  reason: 'another instance of this agent has started since',
  detail:
    'Another agent runs with this identity and started later. Let one of them run. For another desktop, enrol it with a token of its own.',
};
