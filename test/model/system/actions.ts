// The actions of partners, agents and the sweep. Each is one call of a handler with given ports.

import { REPEAT_HEADER } from '../../../lib/protocol/http-message.ts';
import type { Lease, PullRequest, PullResponse } from '../../../lib/protocol/messages.ts';
import { submitLink } from '../../../lib/relay/admission/admit-job.ts';
import { cancelLink } from '../../../lib/relay/jobs/cancel-link.ts';
import { formatPace } from '../../../lib/relay/leasing/poll-schedule.ts';
import { pullJobs } from '../../../lib/relay/leasing/pull-jobs.ts';
import { deriveJobId } from '../../../lib/relay/model/job-identity.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { sweep } from '../../../lib/relay/sweep/sweep.ts';
import { TRACKING_URL } from '../../support/relay/samples.ts';
import type { Message } from './message-queue.ts';
import type { Actor } from './observer.ts';
import type { AgentParty, PartnerParty, ReportOf } from './parties.ts';
import type { RelayPorts } from './relay-in-memory.ts';

export interface Answer {
  /** Undefined if the request was refused. */
  readonly status?: number | undefined;
  readonly problem?: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: answers are data of any shape
  readonly json?: any;
}

/** One process that handles one request or one sweep. */
export interface Action {
  readonly name: string;
  readonly actor: Actor;
  /** Chooses the messages that its receives return. */
  readonly choose?: ((visible: readonly Message[]) => readonly Message[]) | undefined;
  readonly run: (ports: RelayPorts) => Promise<Answer>;
}

/** A signed pull that can be repeated. The one-time value identifies its bytes. */
export interface SignedPull {
  readonly body: PullRequest;
  readonly oneTimeValue: string;
  /** The time of the signature. Five minutes later the pull is refused. */
  readonly signedAt: number;
}

/** Returns the action that submits an order as a job. */
export function submit(partner: PartnerParty, order: string, requestId: string): Action {
  const { account } = partner;
  const body = { idempotencyKey: order, trackingUrl: TRACKING_URL, source: 'mail', rowId: order };
  return {
    name: `submit ${order}`,
    actor: { kind: 'partner', accountId: account.accountId },
    run: (ports) => answered(() => submitLink(ports, partner.call(body, requestId, ports))),
  };
}

/** Returns the id of the job that an order becomes. */
export const jobIdOf = ({ account }: PartnerParty, order: string) => deriveJobId(account.accountId, order);

/** Returns the action that cancels a job. */
export function cancel(partner: PartnerParty, jobId: string, requestId: string): Action {
  return {
    name: `cancel ${jobId.slice(0, 8)}`,
    actor: { kind: 'partner', accountId: partner.account.accountId, cancels: jobId },
    run: (ports) => answered(() => cancelLink(ports, partner.call({ jobId }, requestId, ports))),
  };
}

/** Returns the action that sends a pull. `choose` decides which messages the queue returns. */
export function pull(
  agent: AgentParty,
  { body, oneTimeValue }: SignedPull,
  { choose, isRepeat = false }: Pick<Action, 'choose'> & { readonly isRepeat?: boolean } = {},
): Action {
  const { keyId: agentId, accountId, pool } = agent.key;
  const { results = [], renew = [], release = [] } = body;
  const named = { results: results.map(({ lease }) => lease), renew, release };
  return {
    name: `${agentId} pulls ${describe(body)}`,
    actor: { kind: 'agent', accountId, agentId, pool, ...named, oneTimeValue, isRepeat },
    choose,
    run: (ports) =>
      answered(() => pullJobs(ports, agent.call(body, oneTimeValue, ports, isRepeat ? { [REPEAT_HEADER]: '1' } : {}))),
  };
}

function describe({ want, results = [], renew = [], release = [] }: PullRequest): string {
  const names = (what: string, leases: readonly Lease[]) =>
    leases.map(({ jobId, fence }) => `${what} ${jobId.slice(0, 8)}/${fence}`);
  const reports = results.map(({ lease }) => lease);
  return [`want ${want}`, ...names('result', reports), ...names('renew', renew), ...names('release', release)].join(
    ', ',
  );
}

/** Returns the fields of a pull by an agent that was seen just now. No presence is written. */
export const paceOf = (nowMs: number) => ({
  pace: formatPace({ workedAt: Math.floor(nowMs / 1000), seenAt: Math.floor(nowMs / 1000), said: '' }),
});

/** Returns the fields of a pull that reports a result for each lease. */
export const reportOf = (reporter: ReportOf, leases: readonly Lease[], variant = 0): Partial<PullRequest> => ({
  results: leases.map((lease) => reporter(lease, variant)),
});

export const SWEEP: Action = {
  name: 'sweep',
  actor: { kind: 'sweep' },
  async run(ports) {
    await sweep(ports);
    return { status: 200 };
  },
};

/** Runs a handler, and answers failures as the request pipeline does. */
async function answered(handle: () => ReturnType<typeof submitLink>): Promise<Answer> {
  try {
    const answer = await handle();
    return 'problem' in answer ? { problem: answer.problem } : { status: answer.status, json: JSON.parse(answer.body) };
  } catch (error) {
    if (error instanceof DependencyUnavailable) return { problem: 'dependency_unavailable' };
    throw error;
  }
}

/** Returns the new leases in the answer to a pull. */
export const leasesIn = ({ json }: Answer): readonly Lease[] =>
  ((json as PullResponse | undefined)?.jobs ?? []).map(({ lease }) => lease);
