// Starts the relay and the demo step by step. A request to stop takes effect between the steps.
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OperatorAccess, openOperatorAccess } from '../aws/deployment/operator-access.ts';
import type { Started } from './cloud/base/stoppable.ts';
import { type LaptopCloud, startLaptopCloud } from './cloud/laptop-cloud.ts';
import type { ProgressPrinter } from './demo/progress-printer.ts';
import { type SignedPolls, watchSignedPolls } from './demo/signed-polls.ts';
import { type Demo, describeDemo, startDemo, writePrivateKey } from './demo/start-demo.ts';
import { collectFunctionEvents, type FunctionEvents } from './function-events.ts';
import { describeDeployment } from './laptop-deployment.ts';
import { listenOnFreePort } from './listen-on-free-port.ts';
import { LOOPBACK_RANGE } from './loopback-range.ts';
import { type LaptopOptions, USUAL_PORT } from './options.ts';
import { describeRecovery, recoverJobs } from './recover.ts';
import { readSavedPorts } from './saved-ports.ts';
import { writeLocalState } from './state-file.ts';
import { synthesize } from './synthesize.ts';

/** What the demo observes inside the relay. */
interface Watch {
  readonly events: FunctionEvents;
  readonly polls: SignedPolls;
}

/** The running relay with its demo. */
export interface RunningRelay {
  readonly cloud: LaptopCloud;
  readonly access: OperatorAccess;
  readonly demo: Demo;
  readonly watch: Watch;
  /** Epoch milliseconds, before anything of this run happened in the relay. */
  readonly startedAt: number;
}

/** How to start the relay. */
export interface RelayStart {
  /** The checkout. */
  readonly root: string;
  /** An absolute path to an existing directory. */
  readonly dataDir: string;
  readonly port: LaptopOptions['port'];
  readonly webhooks: LaptopOptions['webhooks'];
  readonly jobsPerMonth?: LaptopOptions['jobsPerMonth'];
  readonly progress: ProgressPrinter;
  /** Collects what must be stopped, also when the start fails. */
  readonly started: Started;
  readonly signal: AbortSignal;
}

/**
 * Starts the relay and returns it.
 * @throws the signal's reason when the signal fires first.
 * @throws Error for the user when the user can correct the cause.
 */
export async function startRelay(start: RelayStart): Promise<RunningRelay> {
  const { root, dataDir, webhooks, jobsPerMonth, progress, started, signal } = start;
  progress.say('Signet Relay on this machine: no AWS account, no Docker.');
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
    allowCidrs: LOOPBACK_RANGE,
    webhooks,
    jobsPerMonth,
    started,
  });
  signal.throwIfAborted();
  for (const line of describeRecovery('jobs', await recoverJobs(access, demo.agent))) progress.say(line);
  signal.throwIfAborted();
  writeLocalState(dataDir, { ...describeDemo(demo, cloud.baseUrl, writePrivateKey(demo, dataDir)), operator });
  progress.say(
    `API ${cloud.baseUrl}, agent ${demo.agent.agentId}. On this machine the agent and webhooks may also connect to ${LOOPBACK_RANGE}.`,
  );
  return { cloud, access, demo, watch, startedAt };
}

/** Starts the cloud on the first requested port that is free. */
async function startCloud(start: RelayStart, assembly: string, watch: Watch): Promise<LaptopCloud> {
  const { dataDir, progress } = start;
  const log = join(dataDir, 'functions.log');
  writeFileSync(log, '', { mode: 0o600 });
  const environment = {
    links: { SIGNET_ALLOW_CIDRS: LOOPBACK_RANGE },
    agent: { SIGNET_ALLOW_CIDRS: LOOPBACK_RANGE },
    deliver: { SIGNET_ALLOW_CIDRS: LOOPBACK_RANGE },
  };
  const onLog = ({ functionName, line }: { functionName: string; line: string }) => {
    watch.events.read(line);
    appendFileSync(log, `${functionName} ${line}\n`);
  };
  const cloud = await listenOnFreePort(requestedPorts(start), (port) =>
    startLaptopCloud({ assembly, dataDir, port, environment, onLog, onHttpRequest: watch.polls.read }),
  );
  if (!cloud) throw new Error(`Port ${start.port} is taken. Choose another --port, or 0 for a free one.`);
  if (start.port === 'usual' && !cloud.baseUrl.endsWith(`:${USUAL_PORT}`))
    progress.say(`Port ${USUAL_PORT} is taken, so the API uses another one: ${cloud.baseUrl}`);
  return cloud;
}

/** The ports in the order of preference. Port 0 is any free one. */
function requestedPorts({ port, dataDir }: RelayStart): readonly number[] {
  if (typeof port === 'number') return [port];
  const saved = readSavedPorts(dataDir).api;
  return port === 'any' ? [saved, 0] : [USUAL_PORT, saved, 0];
}
