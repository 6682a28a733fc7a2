// The pull endpoint: takes results, renewals and releases from an agent, and answers with leases and the next poll time.

import type { LeasedJob, PullRequest, PullResponse, ResultReport } from '../../protocol/messages.ts';
import { parseJsonBody } from '../http/json-body.ts';
import { type AgentCall, REPLAYED } from '../http/request-pipeline.ts';
import { jsonResponse, type Refusal, type RelayResponse } from '../model/http-response.ts';
import type { Clock, JobMessage, Pool } from '../model/ports.ts';
import { pullRequest } from '../model/schemas.ts';
import type { ResultPorts } from './accept-result.ts';
import { acceptResults } from './accept-results.ts';
import { checkInstance, type InstancePorts } from './agent-instance.ts';
import { gatherPointers } from './gather-pointers.ts';
import type { HeldLeases } from './held-leases.ts';
import { leaseAll } from './lease-jobs.ts';
import { decideNextPoll, formatPace, parsePace, SLOWEST_POLL_SECONDS } from './poll-schedule.ts';
import { type PresencePorts, recordPresence } from './record-presence.ts';
import { renewLeases } from './renew-leases.ts';
import { findLeasesOfPull, isRepeat, type RepeatPorts } from './repeat-pull.ts';
import { hideMessages, type LeasingPorts } from './settle-messages.ts';

/** The ports that a pull needs. */
export interface PullPorts extends ResultPorts, LeasingPorts, RepeatPorts, PresencePorts, InstancePorts {
  /** Shared by all pulls of this process. */
  readonly heldLeases: HeldLeases;
  readonly clock: Clock;
}

/**
 * Serves `POST /agent/pull`. The one-time value is claimed only when there are messages, before the first lease. When the
 * same signed bytes come again, they get the leases of the first pull that are still live.
 */
export async function pullJobs(ports: PullPorts, call: AgentCall): Promise<RelayResponse | Refusal> {
  const body = parseJsonBody(pullRequest, call.request.body);
  if (!body.ok) return body;
  const replaced = await checkInstance(ports, call, body.value.agent?.instance);
  if (replaced) return replaced;
  const reports = await acceptResults(ports, call, body.value.results ?? []);
  const renewed = await renewLeases(ports, call, poolOf(call), body.value);
  recountLeases(ports, call, { results: body.value.results ?? [], ...reports, renewed });
  const found = await findWork(ports, call, body.value);
  if (found.jobs === undefined) return REPLAYED;
  const answer: PullResponse = { ...reports, renewed, ...found, jobs: found.jobs, serverTime: iso(ports.clock()) };
  return jsonResponse(200, answer);
}

/** Returns the leases and the next poll time. `jobs` is undefined for a replay without a live lease. */
async function findWork(ports: PullPorts, call: AgentCall, body: PullRequest) {
  const nowSeconds = Math.floor(call.nowMs / 1000);
  const echoed = parsePace(body.pace, nowSeconds);
  const seen = await recordPresence(ports, call, echoed, body.agent);
  const hasResults = (body.results?.length ?? 0) > 0;
  const pace = { ...seen, workedAt: hasResults ? nowSeconds : echoed.workedAt };
  if (!mayGetJobs(call)) return { jobs: [], nextPollSeconds: SLOWEST_POLL_SECONDS, pace: formatPace(pace) };
  const nextPollSeconds = hasResults ? 0 : decideNextPoll(pace, nowSeconds);
  const idle = { jobs: [], nextPollSeconds, pace: formatPace(pace) };
  const want = await ports.heldLeases.allow(ports.jobs, call.verified.key.record.keyId, body.want, call.nowMs);
  const { jobs, isIdle } = want > 0 ? await leaseWork(ports, call, want) : NO_WORK;
  if (isIdle) return idle;
  rememberLeases(ports, call, jobs ?? []);
  const workedAt = Math.floor(ports.clock() / 1000);
  return { jobs, nextPollSeconds: 0, pace: formatPace({ ...seen, workedAt }) };
}

interface Changed extends Pick<PullResponse, 'accepted' | 'renewed'> {
  readonly results: readonly ResultReport[];
}

/**
 * Counts the leases that the agent holds, without those whose results were accepted. What else the agent names is its own
 * claim: a lease that it released or lost is found in the rows before it is refused another.
 */
function recountLeases({ heldLeases }: PullPorts, call: AgentCall, { results, accepted, renewed }: Changed): void {
  const { keyId } = call.verified.key.record;
  const done = results.map(({ lease }) => lease).filter(({ jobId }) => accepted.includes(jobId));
  heldLeases.forget(keyId, done);
  heldLeases.record(keyId, renewed);
}

function rememberLeases({ heldLeases }: PullPorts, call: AgentCall, jobs: readonly LeasedJob[]): void {
  heldLeases.record(
    call.verified.key.record.keyId,
    jobs.map(({ lease }) => lease),
  );
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

function poolOf(call: AgentCall): Pool {
  return { accountId: call.account.accountId, pool: call.verified.key.record.pool };
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
