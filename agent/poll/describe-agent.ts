// What the agent says of itself with each pull: which start of which program on which machine, and what it can do.
import type { AgentStatement } from '../../lib/protocol/messages.ts';
import type { Terminal } from '../events/terminal.ts';

/** What is known of the agent at its start, and what changes while it runs. */
export interface RunningAgent {
  readonly terminal: Pick<Terminal, 'nonce' | 'platform'>;
  readonly version: string;
  /** The name of this machine. */
  readonly host: string;
  /** How many jobs it works on at the same time. */
  readonly concurrency: number;
  /** Returns true once the agent takes no new jobs and finishes what it has. */
  readonly isStopping: () => boolean;
}

/** Returns a function that describes this start of the agent. Its instance id is new, and stays the same. */
export function createDescription({ terminal, host, isStopping, ...facts }: RunningAgent): () => AgentStatement {
  const { platform } = terminal;
  const about = { ...facts, instance: terminal.nonce(), platform, host: host.slice(0, 255) || 'unknown' };
  return () => ({ ...about, capabilities: [], state: isStopping() ? 'stopping' : 'running' });
}
