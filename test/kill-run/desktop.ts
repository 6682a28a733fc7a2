// A desktop: the real agent program as a process. It is enrolled once, and can be killed, frozen and restarted.
import type { ChildProcess } from 'node:child_process';
import { type AgentProcess, startAgent } from '../support/agent/agent-process.ts';

export interface Desktop {
  readonly agentId: string;
  start(): void;
  /** Kills the agent with SIGKILL. */
  kill(): Promise<void>;
  /** Freezes the agent with SIGSTOP. It keeps its leases and receives nothing. */
  freeze(): void;
  thaw(): void;
  /** Returns true if the agent has logged a leased job and not yet its end. */
  isAtWork(): boolean;
  /** Stops the agent with SIGTERM after it has started. Returns the exit code. */
  stop(): Promise<number | NodeJS.Signals>;
  /** Returns the events that all of its processes logged. */
  events(): readonly Readonly<Record<string, unknown>>[];
}

const DONE = ['job.resolved', 'job.abandoned'];
const SETTLED = ['result.accepted', 'result.refused', 'job.abandoned'];
const ALLOWED = { SIGNET_ALLOW_CIDRS: '127.0.0.0/8' };

/** Agents that run. They are killed when this process exits, even if they are frozen. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Enrols an agent and returns its desktop. The agent does not run yet.
 *
 * @throws Error if the relay refuses the enrolment.
 */
export async function enrollDesktop(stateDir: string, token: string): Promise<Desktop> {
  const enrolling = startAgent(['enroll', token, '--state', stateDir]);
  const code = await enrolling.exited;
  const agentId = enrolling.events.find(({ event }) => event === 'agent.enrolled')?.['agentId'];
  if (code !== 0 || !agentId) throw new Error(`An agent was not enrolled: ${enrolling.stderr()}`);
  return createDesktop(String(agentId), () => startAgent(['run', '--state', stateDir], ALLOWED));
}

function createDesktop(agentId: string, run: () => AgentProcess): Desktop {
  const processes: AgentProcess[] = [];
  const send = (signal: NodeJS.Signals) => processes.at(-1)?.child.kill(signal);
  return {
    agentId,
    start() {
      const agent = run();
      processes.push(agent);
      running.add(agent.child);
      void agent.exited.then(() => running.delete(agent.child));
    },
    async kill() {
      send('SIGKILL');
      await processes.at(-1)?.exited;
    },
    freeze: () => void send('SIGSTOP'),
    thaw: () => void send('SIGCONT'),
    isAtWork: () => hasMore(processes.at(-1)?.events ?? [], 'job.leased', DONE),
    async stop() {
      const agent = processes.at(-1);
      if (!agent) return 0;
      send('SIGCONT');
      await agent.event('agent.started');
      send('SIGTERM');
      await agent.event('agent.stopping');
      // A second SIGTERM skips the answer to an open poll, which an agent without results does not need.
      if (!hasMore(agent.events, 'job.leased', SETTLED)) send('SIGTERM');
      return agent.exited;
    },
    events: () => processes.flatMap(({ events }) => events),
  };
}

/** Returns true if there are more events with this name than with all the other names. */
function hasMore(events: AgentProcess['events'], name: string, others: readonly string[]): boolean {
  const countOf = (names: readonly string[]) => events.filter(({ event }) => names.includes(String(event))).length;
  return countOf([name]) > countOf(others);
}
