// The pull endpoint: results, renewals and releases in; leases and a time to come back out.

import { LIMITS } from '../../api/limits.ts';
import type { PullRequest, PullResponse } from '../../protocol/messages.ts';
import { parseJsonBody } from '../http/json-body.ts';
import { type AgentCall, REPLAYED } from '../http/request-pipeline.ts';
import { jsonResponse, type Refusal, type RelayResponse } from '../model/http-response.ts';
import type { Clock, JobMessage, Pool, Presence } from '../model/ports.ts';
import { pullRequest } from '../model/schemas.ts';
import { TUNING } from '../model/tuning.ts';
import { acceptResult, type ResultPorts } from './accept-result.ts';
import { type LeasingPorts, leaseAll } from './lease-jobs.ts';
import { formatPace, parsePace, planPoll, SLOWEST_POLL_SECONDS } from './poll-schedule.ts';
import { renewLeases } from './renew-leases.ts';
import { findLeasesOfPull, isRepeat, type RepeatPorts } from './repeat-pull.ts';
import type { SeenAgents } from './seen-agents.ts';
import { hideMessages, type MessageInPool, removeMessages } from './settle-messages.ts';

export interface PullPorts extends ResultPorts, LeasingPorts, RepeatPorts {
  readonly presence: Pick<Presence, 'recordSeen'>;
  /** Of this process. */
  readonly seenAgents: SeenAgents;
  readonly clock: Clock;
}

/** Serves `POST /agent/pull`. The one-time value is claimed only when there is work to hand out; the same pull again gets the same work. */
export async function pullJobs(ports: PullPorts, call: AgentCall): Promise<RelayResponse | Refusal> {
  const body = parseJsonBody(pullRequest, call.request.body);
  if (!body.ok) return body;
  const reports = await takeReports(ports, call, body.value);
  const renewed = await renewLeases(ports, call, poolOf(call), body.value);
  const found = await findWork(ports, call, body.value);
  if (found.jobs === undefined) return REPLAYED;
  const answer: PullResponse = { ...reports, renewed, ...found, jobs: found.jobs, serverTime: iso(ports.clock()) };
  return jsonResponse(200, answer);
}

async function takeReports(ports: PullPorts, call: AgentCall, { results = [] }: PullRequest) {
  const accepted: string[] = [];
  const rejected: { jobId: string; code: string }[] = [];
  const needless: MessageInPool[] = [];
  try {
    for (const report of results) {
      const verdict = await acceptResult(ports, call, report);
      if (!verdict.ok) rejected.push({ jobId: report.lease.jobId, code: verdict.problem });
      else accepted.push(verdict.value.jobId);
      if (verdict.ok && verdict.value.message) needless.push(verdict.value.message);
    }
  } finally {
    // Also of those before one that failed: their repeat will find them accepted, and leave the messages alone.
    await removeMessages(ports, needless);
  }
  return { accepted, rejected };
}

/** Leases, and when to come back. `jobs` is undefined when this request was seen before, and none of its leases stands. */
async function findWork(ports: PullPorts, call: AgentCall, body: PullRequest) {
  const nowSeconds = Math.floor(call.nowMs / 1000);
  const echoed = parsePace(body.pace, nowSeconds);
  const seenAt = await noteSeen(ports, call, echoed.seenAt, nowSeconds);
  const busy = (body.results?.length ?? 0) > 0;
  const pace = { workedAt: busy ? nowSeconds : echoed.workedAt, seenAt };
  if (!mayHaveWork(call)) return { jobs: [], nextPollSeconds: SLOWEST_POLL_SECONDS, pace: formatPace(pace) };
  const plan = planPoll(pace, nowSeconds, body.waitSeconds ?? 0);
  const idle = { jobs: [], nextPollSeconds: busy ? 0 : plan.nextPollSeconds, pace: formatPace(pace) };
  const jobs = body.want > 0 ? await takeWork(ports, call, body.want, plan.waitSeconds) : [];
  if (jobs?.length === 0) return idle;
  const workedAt = Math.floor(ports.clock() / 1000);
  return { jobs, nextPollSeconds: 0, pace: formatPace({ workedAt, seenAt }) };
}

/** A paused agent, and every agent of a suspended account, finishes what it holds and gets nothing new. */
function mayHaveWork({ account, verified }: AgentCall): boolean {
  return account.state === 'active' && verified.key.record.state !== 'paused';
}

/**
 * The leases of this very pull where it was seen before, else new ones. Looked up twice, because the first execution of
 * these bytes may still be waiting in the queue: whoever claims hands out, and the other finds what it handed out.
 */
async function takeWork(ports: PullPorts, call: AgentCall, limit: number, waitSeconds: number) {
  const leasesBefore = async () => (isRepeat(call) ? findLeasesOfPull(ports, call) : undefined);
  const before = await leasesBefore();
  if (before) return before.length > 0 ? before : undefined;
  const messages = await receive(ports, call, limit, waitSeconds);
  if (messages.length === 0) return (await leasesBefore()) ?? [];
  return lease(ports, call, messages);
}

/** Receives; a poll that may not wait and finds nothing asks once more, because a short poll samples the queue. */
async function receive(ports: PullPorts, call: AgentCall, limit: number, waitSeconds: number) {
  const visibilitySeconds = LIMITS.leaseSeconds + TUNING.visibilityMarginSeconds;
  const options = { limit, waitSeconds, visibilitySeconds };
  const first = await ports.queues.receive(poolOf(call), options);
  return first.length > 0 || waitSeconds > 0 ? first : ports.queues.receive(poolOf(call), options);
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
  const before = await findLeasesOfPull(ports, call);
  return before && before.length > 0 ? before : undefined;
}

/**
 * Presence is written at most every five minutes; the pace remembers when, so that it needs no read. An agent that brings
 * another pace than it was given costs no more than one write in that time from each process that it reaches.
 */
async function noteSeen(ports: PullPorts, call: AgentCall, echoed: number, nowSeconds: number): Promise<number> {
  const { record } = call.verified.key;
  const seenAt = Math.max(echoed, ports.seenAgents.lastNoted(record.keyId));
  if (nowSeconds - seenAt < TUNING.presenceWriteSeconds) return seenAt;
  await ports.presence.recordSeen(record, call.nowMs);
  ports.seenAgents.note(record.keyId, nowSeconds);
  return nowSeconds;
}

function poolOf(call: AgentCall): Pool {
  return { accountId: call.account.accountId, pool: call.verified.key.record.pool };
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
