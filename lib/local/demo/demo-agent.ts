// The demo's desktop: the real agent program, enrolled with a real token, as a process of its own.
import { join } from 'node:path';
import type { OperatorAccess } from '../../aws/deployment/operator-access.ts';
import { createEnrollmentToken } from '../../relay/operator/accounts/agents.ts';
import { spawnTethered, type TetheredProcess } from '../cloud/base/tethered-process.ts';
import type { RestartedAgent } from '../release-unheard.ts';
import { DEMO_ACCOUNT_ID } from './tenant.ts';

export interface DemoAgent extends RestartedAgent {
  stop(): Promise<void>;
}

export interface DemoAgentOptions {
  readonly root: string;
  readonly stateDir: string;
  readonly relayUrl: string;
  readonly allowCidrs: string;
}

/** Enrols (a second time is harmless) and runs until it is stopped or we die. */
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
  const ended = running.exited.then((code) => Promise.reject(new Error(`The agent ended at once, with ${code}.`)));
  const keptJobIds = await Promise.race([started.promise, ended]);
  ended.catch(() => {});
  // Told once, an agent waits for its open poll and its work; told twice, it gives back what it has and goes.
  const stop = async () => {
    running.send('SIGTERM');
    await running.stop();
  };
  return { agentId, keptJobIds, startedAt, stop };
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
    throw new Error(`The agent was not enrolled. ${errors.join(' ')}`);
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
