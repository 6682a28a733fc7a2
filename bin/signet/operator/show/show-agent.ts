// Agents as operators see them.
import type { ListedAgent } from '../../../../lib/relay/operator/accounts/agents.ts';
import { type Column, showFacts, showTable } from '../../../../lib/terminal/show-table.ts';
import type { View } from '../view.ts';
import { iso, showAge, showMinute } from './show-time.ts';

/** Returns the view of the agents of an account. */
export function viewAgents(agents: readonly ListedAgent[], nowMs: number): View {
  const columns: readonly Column<ListedAgent>[] = [
    { head: 'agent', cell: ({ agentId }) => agentId },
    { head: 'name', cell: ({ name }) => name, isFlexible: true },
    { head: 'pool', cell: ({ pool }) => pool, isFlexible: true },
    { head: 'state', cell: stateOf },
    { head: 'seen', cell: ({ lastSeenAt }) => seen(lastSeenAt, nowMs) },
  ];
  return {
    json: { agents: agents.map(describe) },
    lines: (width) =>
      agents.length === 0
        ? ['No agent is enrolled yet. Run signet agent token to enrol one.']
        : showTable(agents, columns, width),
  };
}

/** Returns the view of one agent. */
export function viewAgent(agent: ListedAgent, nowMs: number): View {
  const facts = [
    ['agent', agent.agentId],
    ['name', agent.name],
    ['pool', agent.pool],
    ['labels', agent.labels.join(' ')],
    ['state', stateOf(agent)],
    ['enrolled', showMinute(agent.enrolledAt)],
    ['seen', seen(agent.lastSeenAt, nowMs)],
  ] as const;
  return { json: { agent: describe(agent) }, lines: (width) => showFacts(facts, width) };
}

function describe({ enrolledAt, lastSeenAt, ...agent }: ListedAgent): object {
  return { ...agent, enrolledAt: iso(enrolledAt), lastSeenAt: iso(lastSeenAt) };
}

function stateOf({ state, isOnline }: ListedAgent): string {
  return state === 'active' ? (isOnline ? 'online' : 'offline') : state;
}

function seen(lastSeenAt: number | undefined, nowMs: number): string {
  return lastSeenAt === undefined ? 'never' : `${showAge(lastSeenAt, nowMs)} ago`;
}
