// Two agents, two jobs, one account: its moments, and everything that can happen next in each of them.

import { LIMITS } from '../../../lib/api/limits.ts';
import type { Lease, PullRequest } from '../../../lib/protocol/messages.ts';
import type { JobRef } from '../../../lib/relay/model/ports.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { ACCOUNT } from '../../support/relay/samples.ts';
import { isOpen } from '../search/invariants.ts';
import { type Act, cancel, jobIdOf, leasesIn, paceOf, pull, reportOf, type SignedPull, SWEEP, submit } from './acts.ts';
import { type Message, plant } from './message-queue.ts';
import { createReporter, makeAgent, makePartner } from './parties.ts';
import { createRelayInMemory, type Moment, type RelayInMemory } from './relay-in-memory.ts';

/** What an agent remembers: every lease it ever had, and its last request for work. */
export interface Mind {
  readonly leases: readonly Lease[];
  readonly last?: SignedPull | undefined;
}

export interface SmallState {
  readonly moment: Moment;
  readonly minds: readonly Mind[];
  /** How many faults and misbehaviours of the queue may still come. */
  readonly adversities: number;
}

/** What can happen: a process works, or time or the queue moves. */
export interface Working {
  readonly kind: 'act';
  readonly act: Act;
  readonly agent?: number;
  readonly pulled?: SignedPull;
}

export type Happening =
  | Working
  | {
      readonly kind: 'shift';
      readonly name: string;
      readonly costs: number;
      readonly apply: (relay: RelayInMemory) => void;
    };

export type SmallCase = ReturnType<typeof createSmallCase>;

export const ORDERS = ['order-a', 'order-b'] as const;

/** Short enough that a job lives through its whole life in few steps. */
export const SMALL_DEADLINE_SECONDS = 900;

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
  const blank: SmallState = { moment: relay.save(), minds: agents.map(() => ({ leases: [] })), adversities: 0 };

  const request = () => {
    relay.time.requests += 1;
    return `request-${relay.time.requests}`;
  };

  const pulling = (agent: number, input: Partial<PullRequest>, choose?: Act['choose']): Working => {
    const party = agents[agent];
    if (!party) throw new Error('No such agent.');
    const body = { want: 0, ...paceOf(relay.time.nowMs), ...input };
    const pulled = { body, oneTimeValue: request(), signedAt: relay.time.nowMs };
    return { kind: 'act', agent, act: pull(party, pulled, { choose }), ...(body.want > 0 && { pulled }) };
  };

  /** Any message first, or all of them. */
  const waysToReceive = (): readonly Act['choose'][] => {
    const visible = relay.queue.messages.filter(({ visibleAt }) => visibleAt <= relay.time.nowMs);
    const each = [...new Set(visible.map(({ ref }) => ref.jobId))].map(
      (jobId) => (messages: readonly Message[]) => messages.filter(({ ref }) => ref.jobId === jobId).slice(0, 1),
    );
    return visible.length > 1 ? [...each, undefined] : each;
  };

  const repeats = (agent: number, { last }: Mind): Happening[] => {
    const party = agents[agent];
    const isFresh = last && relay.time.nowMs <= last.signedAt + 300_000;
    if (!party || !isFresh) return [];
    return [false, true].map((isRepeat) => ({
      kind: 'act',
      agent,
      act: {
        ...pull(party, last, { isRepeat }),
        name: `agent ${agent} repeats its pull${isRepeat ? ', and says so' : ''}`,
      },
    }));
  };

  /** Its own leases, however old, and those of the other, which it has no right to. */
  const ofAgent = (mind: Mind, agent: number, all: readonly Lease[]): Happening[] => {
    const reporter = reporters[agent];
    if (!reporter) return [];
    return [
      ...waysToReceive().map((choose) => pulling(agent, { want: 10 }, choose)),
      ...repeats(agent, mind),
      ...all.flatMap((lease) => [
        pulling(agent, reportOf(reporter, [lease])),
        pulling(agent, { renew: [lease] }),
        pulling(agent, { release: [lease] }),
      ]),
    ];
  };

  const ofPartner = (): Happening[] => [
    ...ORDERS.map((order) => ({ kind: 'act', act: submit(partner, order, request()) }) as const),
    ...jobIds
      .filter((jobId) => relay.rows.has(jobId))
      .map((jobId) => ({ kind: 'act', act: cancel(partner, jobId, request()) }) as const),
  ];

  /** To each moment from which on something is another way. */
  const ofTime = (): Happening[] => {
    const jobs = [...relay.rows.values()].filter(isOpen);
    const moments = [
      ...jobs.flatMap(({ leaseUntil, leasedAt, dueAt, deadlineAt }) => [
        leaseUntil,
        leasedAt && leasedAt + LIMITS.renewalCapSeconds * 1000 + 1,
        dueAt && dueAt - TUNING.sweepLookAheadSeconds * 1000,
        deadlineAt,
      ]),
      ...relay.queue.messages.map(({ visibleAt }) => visibleAt),
    ].filter((moment) => moment !== undefined && moment > relay.time.nowMs);
    return [...new Set(moments as number[])].map((moment) => ({
      kind: 'shift',
      name: `${(moment - relay.time.nowMs) / 1000} s pass`,
      costs: 0,
      apply: ({ time }) => {
        time.nowMs = moment;
      },
    }));
  };

  const ofQueue = (): Happening[] =>
    relay.queue.messages.flatMap((message, index) => {
      const others = (list: readonly Message[]) => list.filter((_, at) => at !== index);
      const shift = (what: string, change: (list: readonly Message[]) => readonly Message[]): Happening => ({
        kind: 'shift',
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
    blank,
    request,
    pulling,
    /** Puts a pointer to any job into the queue of the agents. */
    plant: (ref: JobRef) => plant(relay.queue, pool, ref),
    /** Of the moment that the relay is in. */
    happenings({ minds, adversities }: SmallState): readonly Happening[] {
      const all = minds.flatMap(({ leases }) => leases);
      return [
        ...ofPartner(),
        ...minds.flatMap((mind, agent) => ofAgent(mind, agent, all)),
        { kind: 'act', act: SWEEP },
        ...ofTime(),
        ...(adversities > 0 ? ofQueue() : []),
      ];
    },
    /** What the agents know after an answer came, or did not. */
    remember(minds: readonly Mind[], happening: Working, answer: Parameters<typeof leasesIn>[0] | undefined) {
      const { agent, pulled } = happening;
      if (agent === undefined) return minds;
      const news = answer ? leasesIn(answer) : [];
      return minds.map((mind, index) =>
        index === agent ? { leases: addLeases(mind.leases, news), last: pulled ?? mind.last } : mind,
      );
    },
  };
}

function addLeases(known: readonly Lease[], news: readonly Lease[]): readonly Lease[] {
  const isSame = (one: Lease) => (other: Lease) =>
    one.jobId === other.jobId && one.fence === other.fence && one.createdAt === other.createdAt;
  return [...known.filter((lease) => !news.some(isSame(lease))), ...news];
}
