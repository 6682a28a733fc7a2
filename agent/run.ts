// `signet-agent run`: connects the poll loop to the disk, the relay and the web, and runs until a stop signal.
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LIMITS } from '../lib/api/limits.ts';
import { VERSION } from '../lib/api/version.ts';
import { guardedRequest } from '../lib/net/guarded-request.ts';
import { AgentError } from './events/agent-error.ts';
import { createEventWriter, type EmitEvent } from './events/agent-events.ts';
import { type AgentPolicy, readPolicy } from './events/settings.ts';
import type { Terminal } from './events/terminal.ts';
import { resolveLink } from './link/resolve-link.ts';
import { createDescription } from './poll/describe-agent.ts';
import { type LoopPorts, PollLoop } from './poll/poll-loop.ts';
import { createPuller, type PullerPorts } from './poll/pull-relay.ts';
import { resolveJob } from './poll/resolve-job.ts';
import { createRelayClock, type RelayClock } from './relay/relay-clock.ts';
import { type EnrolledIdentity, loadEnrolledIdentity } from './state/identity.ts';
import { openSpool } from './state/spool.ts';
import { takeStateLock } from './state/state-lock.ts';

const GRACE_MS = 10_000;
/** The start event names at most this many spooled results. */
const MAX_SPOOLED_SHOWN = 1_000;

/**
 * Runs the agent until a stop signal.
 * @throws AgentError when this desktop is not enrolled, when another agent runs with the same directory, or when another
 * one with the same identity has started since.
 */
export async function run(directory: string, terminal: Terminal): Promise<void> {
  const policy = readPolicy(terminal.environment);
  const identity = loadEnrolledIdentity(directory);
  const lock = takeStateLock(directory);
  if (!lock) throw new AgentError('state_unusable', `Another agent is running with ${directory}.`);
  try {
    await runLocked(directory, { identity, policy, terminal });
  } finally {
    lock.release();
  }
}

interface RunOptions {
  readonly identity: EnrolledIdentity;
  readonly policy: AgentPolicy;
  readonly terminal: Terminal;
}

async function runLocked(directory: string, options: RunOptions): Promise<void> {
  const { terminal, identity, policy } = options;
  const emit = createEventWriter({ isTerminal: terminal.outIsTerminal, write: terminal.out, nowMs: terminal.nowMs });
  const clock = createRelayClock(terminal.nowMs, terminal.monotonicMs);
  const spool = openSpool(join(directory, 'spool.sqlite'));
  const resumed = spool.resume(terminal.nowMs()).map(({ lease }) => lease.jobId);
  const spooled = spool.results(MAX_SPOOLED_SHOWN).map(({ lease }) => lease.jobId);
  const { agentId, relayUrl } = identity.enrollment;
  // This comes before the start event, because its reader may stop us at once.
  let isStopping = false;
  const stop = (graceMs: number) => {
    isStopping = true;
    loop.stop(graceMs);
  };
  terminal.onStopSignal(createStop(stop, emit));
  emit({ event: 'agent.started', agentId, relayUrl, allowCidrs: policy.allowCidrs, resumed, spooled });
  const { nowMs, random, schedule } = terminal;
  const facts = { terminal, version: VERSION, host: hostname(), concurrency: LIMITS.agentJobs };
  const describeAgent = createDescription({ ...facts, isStopping: () => isStopping });
  const pull = createPull(options, { clock, emit, describeAgent });
  const work = createWork(options, clock);
  const loop = new PollLoop({ spool, emit, nowMs, random, schedule, slots: LIMITS.agentJobs, pull, resolveJob: work });
  await loop.done;
  emit({ event: 'agent.stopped', spooled: spool.counts().results });
  spool.close();
}

/**
 * The first signal starts the grace period, and the second one ends it. Jobs in progress are in the spool, or their
 * leases expire at the relay.
 */
function createStop(stop: (graceMs: number) => void, emit: EmitEvent): () => void {
  let stopping = false;
  return () => {
    if (!stopping) emit({ event: 'agent.stopping', graceSeconds: GRACE_MS / 1000 });
    stop(stopping ? 0 : GRACE_MS);
    stopping = true;
  };
}

interface PullOptions extends Pick<PullerPorts, 'describeAgent'> {
  readonly clock: RelayClock;
  readonly emit: EmitEvent;
}

function createPull({ identity, terminal }: RunOptions, { clock, emit, describeAgent }: PullOptions) {
  const { relayUrl, agentId: keyId } = identity.enrollment;
  const caller = { relayUrl, keyId, privateKey: identity.privateKey, tag: 'signet' } as const;
  const onSkew = (offsetMs: number) => emit({ event: 'clock.skewed', offsetSeconds: Math.round(offsetMs / 1000) });
  return createPuller(caller, { clock, nonce: terminal.nonce, onSkew, describeAgent });
}

function createWork({ identity, policy, terminal }: RunOptions, clock: RelayClock) {
  const { monotonicMs, nowMs } = terminal;
  const exchange = (request: Parameters<typeof guardedRequest>[0]) => guardedRequest(request, { policy, monotonicMs });
  const resolve = (link: Parameters<typeof resolveLink>[0], signal: AbortSignal) =>
    resolveLink(link, { exchange, policy, monotonicMs, nowMs, signal });
  return (...[lease, job, signal]: Parameters<LoopPorts['resolveJob']>) =>
    resolveJob(lease, job, { identity, resolve, nowMs: clock.steadyNowMs, monotonicMs, signal });
}
