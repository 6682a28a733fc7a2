// The pull endpoint: takes results, renewals and releases from an agent, and answers with leases and the next poll time.

import type { LeasedJob, PullRequest, PullResponse } from '../../protocol/messages.ts';
import { parseJsonBody } from '../http/json-body.ts';
import { type AgentCall, REPLAYED } from '../http/request-pipeline.ts';
import { jsonResponse, type Refusal, type RelayResponse } from '../model/http-response.ts';
import type { Clock, JobMessage, Pool, Presence } from '../model/ports.ts';
import { pullRequest } from '../model/schemas.ts';
import { TUNING } from '../model/tuning.ts';
import type { ResultPorts } from './accept-result.ts';
import { acceptResults } from './accept-results.ts';
import { gatherPointers } from './gather-pointers.ts';
import { leaseAll } from './lease-jobs.ts';
import { decideNextPoll, formatPace, parsePace, SLOWEST_POLL_SECONDS } from './poll-schedule.ts';
import { renewLeases } from './renew-leases.ts';
import { findLeasesOfPull, isRepeat, type RepeatPorts } from './repeat-pull.ts';
import type { SeenAgents } from './seen-agents.ts';
import { hideMessages, type LeasingPorts } from './settle-messages.ts';

/** The ports that a pull needs. */
export interface PullPorts extends ResultPorts, LeasingPorts, RepeatPorts {
  readonly presence: Pick<Presence, 'recordSeen'>;
  /** Shared by all pulls of this process. */
  readonly seenAgents: SeenAgents;
  readonly clock: Clock;
}

/**
 * Serves `POST /agent/pull`. The one-time value is claimed only when there are messages, before the first lease. When the
 * same signed bytes come again, they get the leases of the first pull that are still live.
 */
export async function pullJobs(ports: PullPorts, call: AgentCall): Promise<RelayResponse | Refusal> {
  const body = parseJsonBody(pullRequest, call.request.body);
  if (!body.ok) return body;
  const reports = await acceptResults(ports, call, body.value.results ?? []);
  const renewed = await renewLeases(ports, call, poolOf(call), body.value);
  const found = await findWork(ports, call, body.value);
  if (found.jobs === undefined) return REPLAYED;
  const answer: PullResponse = { ...reports, renewed, ...found, jobs: found.jobs, serverTime: iso(ports.clock()) };
  return jsonResponse(200, answer);
}

/** Returns the leases and the next poll time. `jobs` is undefined for a replay without a live lease. */
async function findWork(ports: PullPorts, call: AgentCall, body: PullRequest) {
  const nowSeconds = Math.floor(call.nowMs / 1000);
  const echoed = parsePace(body.pace, nowSeconds);
  const seenAt = await recordSeen(ports, call, echoed.seenAt, nowSeconds);
  const hasResults = (body.results?.length ?? 0) > 0;
  const pace = { workedAt: hasResults ? nowSeconds : echoed.workedAt, seenAt };
  if (!mayGetJobs(call)) return { jobs: [], nextPollSeconds: SLOWEST_POLL_SECONDS, pace: formatPace(pace) };
  const nextPollSeconds = hasResults ? 0 : decideNextPoll(pace, nowSeconds);
  const idle = { jobs: [], nextPollSeconds, pace: formatPace(pace) };
  const { jobs, isIdle } = body.want > 0 ? await leaseWork(ports, call, body.want) : NO_WORK;
  if (isIdle) return idle;
  const workedAt = Math.floor(ports.clock() / 1000);
  return { jobs, nextPollSeconds: 0, pace: formatPace({ workedAt, seenAt }) };
}

/** A paused agent, and every agent of a suspended account, may finish its jobs but gets no new ones. */
function mayGetJobs({ account, verified }: AgentCall): boolean {
  return account.state === 'active' && verified.key.record.state !== 'paused';
}

/** What a pull found. `jobs` is undefined for a replay without a live lease. */
interface Work {
  readonly jobs: readonly LeasedJob[] | undefined;
  /** The queue gave nothing, not even a stale pointer. Otherwise the agent comes back at once. */
  readonly isIdle: boolean;
}

const NO_WORK: Work = { jobs: [], isIdle: true };

/**
 * Returns the leases of the first pull if this one repeats it, else new leases. Looks for the first pull's leases before
 * and after the receive, because the first execution of the same bytes may still be running. Only the execution that
 * claims the one-time value leases; the other finds its leases.
 */
async function leaseWork(ports: PullPorts, call: AgentCall, want: number): Promise<Work> {
  const findFirstLeases = async () => (isRepeat(call) ? findLeasesOfPull(ports, call) : undefined);
  const first = await findFirstLeases();
  if (first) return { jobs: first.length > 0 ? first : undefined, isIdle: false };
  const { leasable, hasReceived } = await gatherPointers(ports, poolOf(call), want);
  if (leasable.length > 0) return { jobs: await lease(ports, call, leasable), isIdle: false };
  const jobs = (await findFirstLeases()) ?? [];
  return { jobs, isIdle: jobs.length === 0 && !hasReceived };
}

async function lease(ports: PullPorts, call: AgentCall, messages: readonly JobMessage[]) {
  const pool = poolOf(call);
  const leasedAt = ports.clock();
  const refs = messages.flatMap(({ ref }) => ref ?? []);
  if (await call.claimOneTimeValue({ leasedAt, refs }))
    return leaseAll(ports, { ...call, nowMs: leasedAt }, pool, messages);
  await hideMessages(
    ports,
    pool,
    messages.map(({ receipt }) => ({ receipt, seconds: 0 })),
  );
  const first = await findLeasesOfPull(ports, call);
  return first && first.length > 0 ? first : undefined;
}

/**
 * Writes the agent's presence at most every ten minutes, and returns when it was last written. The pace carries that time,
 * so that no read is needed. If an agent sends a false pace, each process still writes at most once in ten minutes.
 */
async function recordSeen(ports: PullPorts, call: AgentCall, echoed: number, nowSeconds: number): Promise<number> {
  const { record } = call.verified.key;
  const seenAt = Math.max(echoed, ports.seenAgents.lastSeenAt(record.keyId));
  if (nowSeconds - seenAt < TUNING.presenceWriteSeconds) return seenAt;
  await ports.presence.recordSeen(record, call.nowMs);
  ports.seenAgents.record(record.keyId, nowSeconds);
  return nowSeconds;
}

function poolOf(call: AgentCall): Pool {
  return { accountId: call.account.accountId, pool: call.verified.key.record.pool };
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
