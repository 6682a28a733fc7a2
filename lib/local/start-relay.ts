// Starts the relay and the demo around it, step by step; an order to stop is noticed between the steps.
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OperatorAccess, openOperatorAccess } from '../aws/deployment/operator-access.ts';
import type { Started } from './cloud/base/stoppable.ts';
import { type LaptopCloud, startLaptopCloud } from './cloud/laptop-cloud.ts';
import type { Narrator } from './demo/narrator.ts';
import { type SignedPolls, watchSignedPolls } from './demo/signed-polls.ts';
import { type Demo, describeDemo, startDemo, writePrivateKey } from './demo/start-demo.ts';
import { onFirstFreePort } from './first-free-port.ts';
import { collectFunctionEvents, type FunctionEvents } from './function-events.ts';
import { readKeptPorts } from './kept-ports.ts';
import { describeDeployment } from './laptop-deployment.ts';
import { OPENED_RANGE } from './opened-range.ts';
import { type LaptopOptions, USUAL_PORT } from './options.ts';
import { describeRecovery, recoverJobs } from './recover.ts';
import { writeLocalState } from './state-file.ts';
import { synthesize } from './synthesize.ts';

/** What the demo sees of the relay's inside, to tell of it. */
interface Watch {
  readonly events: FunctionEvents;
  readonly polls: SignedPolls;
}

export interface RunningRelay {
  readonly cloud: LaptopCloud;
  readonly access: OperatorAccess;
  readonly demo: Demo;
  readonly watch: Watch;
  /** Epoch milliseconds, before anything of this run happened in the relay. */
  readonly startedAt: number;
}

export interface RelayStart {
  /** The checkout. */
  readonly root: string;
  /** Absolute, and there already. */
  readonly dataDir: string;
  readonly port: LaptopOptions['port'];
  readonly webhooks: LaptopOptions['webhooks'];
  readonly jobsPerMonth?: LaptopOptions['jobsPerMonth'];
  readonly narrator: Narrator;
  /** Takes what must be stopped, also when the start fails. */
  readonly started: Started;
  readonly signal: AbortSignal;
}

/** @throws the signal's reason when that fires first; Error in the user's words for what they can mend. */
export async function startRelay(start: RelayStart): Promise<RunningRelay> {
  const { root, dataDir, webhooks, jobsPerMonth, narrator, started, signal } = start;
  narrator.say('Signet Relay on this machine: no AWS account, no Docker.');
  const assembly = await synthesize(root, dataDir, signal);
  const watch = { events: collectFunctionEvents(), polls: watchSignedPolls() };
  const startedAt = Date.now();
  const cloud = started.add(await startCloud(start, assembly, watch));
  signal.throwIfAborted();
  const operator = describeDeployment(cloud);
  const access = openOperatorAccess(operator.deployment, operator.services);
  const demo = await startDemo(cloud, access, {
    root,
    dataDir,
    allowCidrs: OPENED_RANGE,
    webhooks,
    jobsPerMonth,
    started,
  });
  signal.throwIfAborted();
  for (const line of describeRecovery('jobs', await recoverJobs(access, demo.agent))) narrator.say(line);
  signal.throwIfAborted();
  writeLocalState(dataDir, { ...describeDemo(demo, cloud.baseUrl, writePrivateKey(demo, dataDir)), operator });
  narrator.say(
    `API ${cloud.baseUrl}, agent ${demo.agent.agentId}. On this machine agent and webhooks may go to ${OPENED_RANGE} too.`,
  );
  return { cloud, access, demo, watch, startedAt };
}

/** On the first of the requested ports that is free. */
async function startCloud(start: RelayStart, assembly: string, watch: Watch): Promise<LaptopCloud> {
  const { dataDir, narrator } = start;
  const log = join(dataDir, 'functions.log');
  writeFileSync(log, '', { mode: 0o600 });
  const environment = { links: { SIGNET_ALLOW_CIDRS: OPENED_RANGE }, deliver: { SIGNET_ALLOW_CIDRS: OPENED_RANGE } };
  const onLog = ({ functionName, line }: { functionName: string; line: string }) => {
    watch.events.read(line);
    appendFileSync(log, `${functionName} ${line}\n`);
  };
  const cloud = await onFirstFreePort(requestedPorts(start), (port) =>
    startLaptopCloud({ assembly, dataDir, port, environment, onLog, onHttpRequest: watch.polls.read }),
  );
  if (!cloud) throw new Error(`Port ${start.port} is taken. Give another --port, or 0 for a free one.`);
  if (start.port === 'usual' && !cloud.baseUrl.endsWith(`:${USUAL_PORT}`))
    narrator.say(`Port ${USUAL_PORT} is taken, so the API is at another: ${cloud.baseUrl}`);
  return cloud;
}

/** In the order of preference; 0 is any free one. */
function requestedPorts({ port, dataDir }: RelayStart): readonly number[] {
  if (typeof port === 'number') return [port];
  const kept = readKeptPorts(dataDir).api;
  return port === 'any' ? [kept, 0] : [USUAL_PORT, kept, 0];
}
