// `signet-agent status`: the identity of this desktop, whether its agent runs, and what is in its spool.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { showFacts } from '../lib/terminal/show-table.ts';
import { AgentError } from './events/agent-error.ts';
import type { Terminal } from './events/terminal.ts';
import { loadIdentity } from './state/identity.ts';
import { openSpool } from './state/spool.ts';
import { takeStateLock } from './state/state-lock.ts';

/**
 * Prints the status.
 * @throws AgentError when this desktop has no agent.
 */
export function status(directory: string, terminal: Terminal): void {
  const identity = existsSync(directory) ? loadIdentity(directory) : undefined;
  if (!identity) throw new AgentError('not_enrolled', `There is no agent in ${directory}.`);
  const facts = {
    state: directory,
    enrolled: identity.enrollment !== undefined,
    publicKey: identity.publicKey,
    ...identity.enrollment,
    running: isRunning(directory),
    ...countSpool(directory),
  };
  terminal.out(terminal.outIsTerminal ? describe(facts) : `${JSON.stringify(facts)}\n`);
}

function isRunning(directory: string): boolean {
  const lock = takeStateLock(directory);
  lock?.release();
  return lock === undefined;
}

function countSpool(directory: string): { readonly jobsInHand: number; readonly resultsWaiting: number } {
  const path = join(directory, 'spool.sqlite');
  if (!existsSync(path)) return { jobsInHand: 0, resultsWaiting: 0 };
  const spool = openSpool(path);
  const { held, results } = spool.counts();
  spool.close();
  return { jobsInHand: held, resultsWaiting: results };
}

function describe(facts: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(facts).map(([name, value]) => [name, [value].flat().join(', ')] as const);
  return `${showFacts(rows, Number.POSITIVE_INFINITY).join('\n')}\n`;
}
