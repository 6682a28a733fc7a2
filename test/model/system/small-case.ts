// The small model: one account, two agents and two jobs, with all transitions that are possible in a state.

import { LIMITS } from '../../../lib/api/limits.ts';
import type { Lease, PullRequest } from '../../../lib/protocol/messages.ts';
import type { JobRef } from '../../../lib/relay/model/ports.ts';
import { ACCOUNT } from '../../support/relay/samples.ts';
import { isOpen } from '../search/invariants.ts';
import {
  type Action,
  cancel,
  jobIdOf,
  leasesIn,
  paceOf,
  pull,
  reportOf,
  type SignedPull,
  SWEEP,
  submit,
} from './actions.ts';
import { type Message, plant } from './message-queue.ts';
import { createReporter, makeAgent, makePartner } from './parties.ts';
import { createRelayInMemory, type RelayInMemory, type Snapshot } from './relay-in-memory.ts';

/** What an agent remembers: every lease that it has had, and its last pull for work. */
export interface AgentMemory {
  readonly leases: readonly Lease[];
  readonly last?: SignedPull | undefined;
}

export interface SmallState {
  readonly snapshot: Snapshot;
  readonly memories: readonly AgentMemory[];
  /** The number of faults of processes and queue that may still happen. */
  readonly faultBudget: number;
}

/** A transition: a process performs an action, or the environment (time or the queue) changes. */
export interface ActionTransition {
  readonly kind: 'action';
  readonly action: Action;
  readonly agent?: number;
  readonly pulled?: SignedPull;
}

export type Transition =
  | ActionTransition
  | {
      readonly kind: 'environment';
      readonly name: string;
      readonly costs: number;
      readonly apply: (relay: RelayInMemory) => void;
    };

export type SmallCase = ReturnType<typeof createSmallCase>;

export const ORDERS = ['order-a', 'order-b'] as const;

/** A deadline that is short enough for a job to go through all its states in a few steps. */
export const SMALL_DEADLINE_SECONDS = 900;

/** Returns the small model in its initial state. */
export function createSmallCase({ jobDeadlineSeconds = SMALL_DEADLINE_SECONDS, accountId = ACCOUNT.accountId } = {}) {
  const account = { ...ACCOUNT, accountId, pools: ['default'] as const, jobDeadlineSeconds };
  const partner = makePartner(account);
  const agents = [0, 1].map((name) => makeAgent(account, name));
  const reporters = agents.map(createReporter);
  const jobIds = ORDERS.map((order) => jobIdOf(partner, order));
  /** A partner of another account, which has no agent. */
  const stranger = makePartner({ ...account, accountId: `${account.accountId}-stranger` });
  const pool = { accountId: account.accountId, pool: 'default' };
  const relay = createRelayInMemory([pool, { ...pool, accountId: stranger.account.accountId }]);
  const initial: SmallState = { snapshot: relay.save(), memories: agents.map(() => ({ leases: [] })), faultBudget: 0 };

  const nextRequestId = () => {
    relay.time.requests += 1;
    return `request-${relay.time.requests}`;
  };

  const pullBy = (agent: number, input: Partial<PullRequest>, choose?: Action['choose']): ActionTransition => {
    const party = agents[agent];
    if (!party) throw new Error('No such agent.');
    const body = { want: 0, ...paceOf(relay.time.nowMs), ...input };
    const pulled = { body, oneTimeValue: nextRequestId(), signedAt: relay.time.nowMs };
    return { kind: 'action', agent, action: pull(party, pulled, { choose }), ...(body.want > 0 && { pulled }) };
  };

  /** Returns the choices of a receive: one message of each job, or all messages. */
  const receiveChoices = (): readonly Action['choose'][] => {
    const visible = relay.queue.messages.filter(({ visibleAt }) => visibleAt <= relay.time.nowMs);
    const each = [...new Set(visible.map(({ ref }) => ref.jobId))].map(
      (jobId) => (messages: readonly Message[]) => messages.filter(({ ref }) => ref.jobId === jobId).slice(0, 1),
    );
    return visible.length > 1 ? [...each, undefined] : each;
  };

  const repeats = (agent: number, { last }: AgentMemory): Transition[] => {
    const party = agents[agent];
    const isFresh = last && relay.time.nowMs <= last.signedAt + 300_000;
    if (!party || !isFresh) return [];
    return [false, true].map((isRepeat) => ({
      kind: 'action',
      agent,
      action: {
        ...pull(party, last, { isRepeat }),
        name: `agent ${agent} repeats its pull${isRepeat ? ', and declares it' : ''}`,
      },
    }));
  };

  /** Returns the actions of an agent. It may name any of its own leases, and also leases of the other agent. */
  const agentTransitions = (memory: AgentMemory, agent: number, all: readonly Lease[]): Transition[] => {
    const reporter = reporters[agent];
    if (!reporter) return [];
    return [
      ...receiveChoices().map((choose) => pullBy(agent, { want: 10 }, choose)),
      ...repeats(agent, memory),
      ...all.flatMap((lease) => [
        pullBy(agent, reportOf(reporter, [lease])),
        pullBy(agent, { renew: [lease] }),
        pullBy(agent, { release: [lease] }),
      ]),
    ];
  };

  const partnerTransitions = (): Transition[] => [
    ...ORDERS.map((order) => ({ kind: 'action', action: submit(partner, order, nextRequestId()) }) as const),
    ...jobIds
      .filter((jobId) => relay.rows.has(jobId))
      .map((jobId) => ({ kind: 'action', action: cancel(partner, jobId, nextRequestId()) }) as const),
  ];

  /** Returns the transitions that advance the time to the next change of some row or message. */
  const timeTransitions = (): Transition[] => {
    const jobs = [...relay.rows.values()].filter(isOpen);
    const moments = [
      ...jobs.flatMap(({ leaseUntil, leasedAt, dueAt, deadlineAt }) => [
        leaseUntil,
        leasedAt && leasedAt + LIMITS.renewalCapSeconds * 1000 + 1,
        dueAt,
        deadlineAt,
      ]),
      ...relay.queue.messages.map(({ visibleAt }) => visibleAt),
    ].filter((moment) => moment !== undefined && moment > relay.time.nowMs);
    return [...new Set(moments as number[])].map((moment) => ({
      kind: 'environment',
      name: `${(moment - relay.time.nowMs) / 1000} s pass`,
      costs: 0,
      apply: ({ time }) => {
        time.nowMs = moment;
      },
    }));
  };

  const queueTransitions = (): Transition[] =>
    relay.queue.messages.flatMap((message, index) => {
      const others = (list: readonly Message[]) => list.filter((_, at) => at !== index);
      const shift = (what: string, change: (list: readonly Message[]) => readonly Message[]): Transition => ({
        kind: 'environment',
        name: `message ${index} is ${what}`,
        costs: 1,
        apply: ({ queue }) => {
          queue.messages = change(queue.messages);
        },
      });
      return [
        shift('lost', others),
        shift('doubled', (list) => [...list, { ...message, visibleAt: 0, receipt: '' }]),
        shift('shown too early', (list) => [...others(list), { ...message, visibleAt: 0 }]),
        shift('late', (list) => [...others(list), { ...message, visibleAt: relay.time.nowMs + 600_000 }]),
      ];
    });

  return {
    relay,
    partner,
    stranger,
    agents,
    reporters,
    jobIds,
    initial,
    nextRequestId,
    pullBy,
    /** Puts a pointer to any job into the queue of the agents. */
    plant: (ref: JobRef) => plant(relay.queue, pool, ref),
    /** Returns all transitions from this state, which must be the relay's current state. */
    transitionsFrom({ memories, faultBudget }: SmallState): readonly Transition[] {
      const all = memories.flatMap(({ leases }) => leases);
      return [
        ...partnerTransitions(),
        ...memories.flatMap((memory, agent) => agentTransitions(memory, agent, all)),
        { kind: 'action', action: SWEEP },
        ...timeTransitions(),
        ...(faultBudget > 0 ? queueTransitions() : []),
      ];
    },
    /** Returns the agents' memories after an answer, or after a crash without an answer. */
    remember(
      memories: readonly AgentMemory[],
      transition: ActionTransition,
      answer: Parameters<typeof leasesIn>[0] | undefined,
    ) {
      const { agent, pulled } = transition;
      if (agent === undefined) return memories;
      const news = answer ? leasesIn(answer) : [];
      return memories.map((memory, index) =>
        index === agent ? { leases: addLeases(memory.leases, news), last: pulled ?? memory.last } : memory,
      );
    },
  };
}

function addLeases(known: readonly Lease[], news: readonly Lease[]): readonly Lease[] {
  const isSame = (a: Lease) => (b: Lease) => a.jobId === b.jobId && a.fence === b.fence && a.createdAt === b.createdAt;
  return [...known.filter((lease) => !news.some(isSame(lease))), ...news];
}
