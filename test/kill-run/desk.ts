// One desktop: the real agent program as a process, enrolled once, killed and started again as often as need be.
import type { ChildProcess } from 'node:child_process';
import { type AgentProcess, startAgent } from '../support/agent/agent-process.ts';

export interface Desk {
  readonly agentId: string;
  start(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: it holds what it holds, and hears nothing. */
  freeze(): void;
  thaw(): void;
  /** Whether it told of a job that it has, and not yet of the job's end. */
  isAtWork(): boolean;
  /** SIGTERM, once it listens; the exit code. */
  stop(): Promise<number | NodeJS.Signals>;
  /** What it told in all of its lives. */
  events(): readonly Readonly<Record<string, unknown>>[];
}

const DONE = ['job.resolved', 'job.abandoned'];
const SETTLED = ['result.accepted', 'result.refused', 'job.abandoned'];
const ALLOWED = { SIGNET_ALLOW_CIDRS: '127.0.0.0/8' };

/** Neither a frozen agent nor any other may outlive us. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Not running yet. @throws Error when the relay does not enrol it. */
export async function enrollDesk(stateDir: string, token: string): Promise<Desk> {
  const enrolling = startAgent(['enroll', token, '--state', stateDir]);
  const code = await enrolling.exited;
  const agentId = enrolling.events.find(({ event }) => event === 'agent.enrolled')?.['agentId'];
  if (code !== 0 || !agentId) throw new Error(`An agent was not enrolled: ${enrolling.stderr()}`);
  return createDesk(String(agentId), () => startAgent(['run', '--state', stateDir], ALLOWED));
}

function createDesk(agentId: string, run: () => AgentProcess): Desk {
  const lives: AgentProcess[] = [];
  const send = (signal: NodeJS.Signals) => lives.at(-1)?.child.kill(signal);
  return {
    agentId,
    start() {
      const life = run();
      lives.push(life);
      running.add(life.child);
      void life.exited.then(() => running.delete(life.child));
    },
    async kill() {
      send('SIGKILL');
      await lives.at(-1)?.exited;
    },
    freeze: () => void send('SIGSTOP'),
    thaw: () => void send('SIGCONT'),
    isAtWork: () => hasMore(lives.at(-1)?.events ?? [], 'job.leased', DONE),
    async stop() {
      const life = lives.at(-1);
      if (!life) return 0;
      send('SIGCONT');
      await life.event('agent.started');
      send('SIGTERM');
      await life.event('agent.stopping');
      // Told twice it does not wait for the answer of an open poll, which is for whoever has something to report.
      if (!hasMore(life.events, 'job.leased', SETTLED)) send('SIGTERM');
      return life.exited;
    },
    events: () => lives.flatMap(({ events }) => events),
  };
}

/** More events of the one name than of all the others. */
function hasMore(events: AgentProcess['events'], name: string, others: readonly string[]): boolean {
  const countOf = (names: readonly string[]) => events.filter(({ event }) => names.includes(String(event))).length;
  return countOf([name]) > countOf(others);
}
