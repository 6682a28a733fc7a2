// A data directory whose submissions are measured while its laptop cloud runs.
import { randomUUID } from 'node:crypto';
import { openOperatorAccess } from '../../lib/aws/deployment/operator-access.ts';
import { RelayClient } from '../../lib/client/index.ts';
import { pauseAgent } from '../../lib/relay/operator/accounts/agents.ts';
import type { RunningLaptop } from './laptop-process.ts';
import { findEmulator, processorTimeMs } from './processor-time.ts';

/** A running laptop cloud that takes submissions. */
export interface SubmissionSubject {
  /** Submits jobs one after another, and returns the milliseconds of processor time of one. */
  submit(count: number): Promise<number>;
}

/** Pauses the agent, so that nothing but submissions uses the processor, and returns the subject. */
export async function prepareSubject(dataDir: string, { state }: RunningLaptop): Promise<SubmissionSubject> {
  if (!state.operator) throw new Error('local.json does not say how operators reach the laptop.');
  const access = openOperatorAccess(state.operator.deployment, state.operator.services);
  const paused = await pauseAgent(access, state.accountId, state.agent.id);
  if (!paused.ok) throw new Error(`The agent cannot be paused: ${paused.message}`);
  const client = createClient(state);
  const pids = [state.pid, findEmulator(dataDir)];
  return {
    submit: async (count) => {
      const before = processorTimeMs(pids);
      for (let done = 0; done < count; done += 1) await submitOne(client, state.demoSite);
      return (processorTimeMs(pids) - before) / count;
    },
  };
}

function createClient({ baseUrl, keys }: RunningLaptop['state']): RelayClient {
  const key = keys.find(({ profile }) => profile === 'link-peeler');
  if (!key?.secret) throw new Error('local.json has no key for link-peeler.');
  return new RelayClient({ baseUrl, profile: 'link-peeler', keyId: key.keyId, secret: key.secret });
}

async function submitOne(client: RelayClient, trackingUrl: string): Promise<void> {
  const { replayed } = await client.submit({
    idempotencyKey: randomUUID(),
    trackingUrl,
    source: 'bench',
    rowId: 'row',
  });
  if (replayed) throw new Error('The relay had this job already.');
}
