// The demo's desktop: the real agent program in its own process, enrolled with a real token.
import { join } from 'node:path';
import type { OperatorAccess } from '../../aws/deployment/operator-access.ts';
import { createEnrollmentToken } from '../../relay/operator/accounts/agents.ts';
import { spawnTethered, type TetheredProcess } from '../cloud/base/tethered-process.ts';
import type { RestartedAgent } from '../release-orphaned-leases.ts';
import { DEMO_ACCOUNT_ID } from './tenant.ts';

/** The running agent. */
export interface DemoAgent extends RestartedAgent {
  stop(): Promise<void>;
}

/** Where the agent runs and what it may connect to. */
export interface DemoAgentOptions {
  readonly root: string;
  readonly stateDir: string;
  readonly relayUrl: string;
  readonly allowCidrs: string;
}

/**
 * Enrols the agent, which is repeatable, and runs it until it is stopped or this process ends.
 * @throws Error when the agent cannot enrol or ends at once.
 */
export async function startDemoAgent(access: OperatorAccess, options: DemoAgentOptions): Promise<DemoAgent> {
  const { relayUrl } = options;
  const issued = await createEnrollmentToken(access, { accountId: DEMO_ACCOUNT_ID, pool: 'default', relayUrl });
  if (!issued.ok) throw new Error(issued.message);
  const agentId = await enroll(options, issued.value.token.reveal());
  const startedAt = access.clock();
  const started = Promise.withResolvers<readonly string[]>();
  const running = await spawnAgent(options, ['run'], (event) => {
    if (event['event'] === 'agent.started') started.resolve([event['resumed'], event['spooled']].flat() as string[]);
  });
  const ended = running.exited.then((code) =>
    Promise.reject(new Error(`The agent ended at once with exit code ${code}.`)),
  );
  const resumedJobIds = await Promise.race([started.promise, ended]);
  ended.catch(() => {});
  // After the first SIGTERM an agent waits for its poll and its work. After the second it releases its leases and ends.
  const stop = async () => {
    running.send('SIGTERM');
    await running.stop();
  };
  return { agentId, resumedJobIds, startedAt, stop };
}

async function enroll(options: DemoAgentOptions, token: string): Promise<string> {
  let agentId = '';
  const errors: string[] = [];
  const enrolling = await spawnAgent(
    options,
    ['enroll', token, '--name', 'demo desktop'],
    (event) => {
      if (event['event'] === 'agent.enrolled') agentId = String(event['agentId']);
    },
    (line) => errors.push(line),
  );
  if ((await enrolling.exited) !== 0 || agentId === '')
    throw new Error(`The agent could not enrol. ${errors.join(' ')}`);
  return agentId;
}

function spawnAgent(
  { root, stateDir, allowCidrs }: DemoAgentOptions,
  words: readonly string[],
  onEvent: (event: Record<string, unknown>) => void,
  onError: (line: string) => void = () => {},
): Promise<TetheredProcess> {
  return spawnTethered(process.execPath, [join(root, 'agent/main.ts'), ...words, '--state', stateDir], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      SIGNET_ALLOW_CIDRS: allowCidrs,
    },
    onLine: (line, stream) => {
      if (stream === 'stderr') onError(line);
      else if (line.startsWith('{')) onEvent(JSON.parse(line));
    },
  });
}
