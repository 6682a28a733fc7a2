// What partners, agents and the sweep may do, each as one call of a handler with the ports that it is given.

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
import type { Actor } from './observe.ts';
import type { AgentParty, PartnerParty, ReportOf } from './parties.ts';
import type { RelayPorts } from './relay-in-memory.ts';

export interface Answer {
  /** Undefined where it was refused. */
  readonly status?: number | undefined;
  readonly problem?: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: answers are data of any shape
  readonly json?: any;
}

/** One process at work. */
export interface Act {
  readonly name: string;
  readonly actor: Actor;
  /** Which messages its receives find. */
  readonly choose?: ((visible: readonly Message[]) => readonly Message[]) | undefined;
  readonly run: (ports: RelayPorts) => Promise<Answer>;
}

/** A pull, with what it says and the name of its bytes: to be sent again. */
export interface SignedPull {
  readonly body: PullRequest;
  readonly oneTimeValue: string;
  /** Later than five minutes after this it is refused at the door. */
  readonly signedAt: number;
}

export function submit(partner: PartnerParty, order: string, requestId: string): Act {
  const { account } = partner;
  const body = { idempotencyKey: order, trackingUrl: TRACKING_URL, source: 'mail', rowId: order };
  return {
    name: `submit ${order}`,
    actor: { kind: 'partner', accountId: account.accountId },
    run: (ports) => answered(() => submitLink(ports, partner.call(body, requestId, ports))),
  };
}

export const jobIdOf = ({ account }: PartnerParty, order: string) => deriveJobId(account.accountId, order);

export function cancel(partner: PartnerParty, jobId: string, requestId: string): Act {
  return {
    name: `cancel ${jobId.slice(0, 8)}`,
    actor: { kind: 'partner', accountId: partner.account.accountId, cancels: jobId },
    run: (ports) => answered(() => cancelLink(ports, partner.call({ jobId }, requestId, ports))),
  };
}

/** `choose` is the queue's mood. */
export function pull(
  agent: AgentParty,
  { body, oneTimeValue }: SignedPull,
  { choose, isRepeat = false }: Pick<Act, 'choose'> & { readonly isRepeat?: boolean } = {},
): Act {
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

/** Seen a moment ago: nobody's presence is written. */
export const paceOf = (nowMs: number) => ({
  pace: formatPace({ workedAt: Math.floor(nowMs / 1000), seenAt: Math.floor(nowMs / 1000), said: '' }),
});

export const reportOf = (reporter: ReportOf, leases: readonly Lease[], variant = 0): Partial<PullRequest> => ({
  results: leases.map((lease) => reporter(lease, variant)),
});

export const SWEEP: Act = {
  name: 'sweep',
  actor: { kind: 'sweep' },
  async run(ports) {
    await sweep(ports);
    return { status: 200 };
  },
};

/** As the front door answers what fails. */
async function answered(handle: () => ReturnType<typeof submitLink>): Promise<Answer> {
  try {
    const answer = await handle();
    return 'problem' in answer ? { problem: answer.problem } : { status: answer.status, json: JSON.parse(answer.body) };
  } catch (error) {
    if (error instanceof DependencyUnavailable) return { problem: 'dependency_unavailable' };
    throw error;
  }
}

export const leasesIn = ({ json }: Answer): readonly Lease[] =>
  ((json as PullResponse | undefined)?.jobs ?? []).map(({ lease }) => lease);
