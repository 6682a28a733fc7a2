// Performs one action in its own process, with or without a fault, and checks the invariants afterwards.
import { LIMITS } from '../../../lib/api/limits.ts';
import { sha256 } from '../../../lib/protocol/sha256.ts';
import { quotaWindowOf } from '../../../lib/relay/model/quota-window.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { aroundCalls } from '../../support/faults/around-calls.ts';
import { createFaultyProcess, type Fault } from '../../support/faults/fault-port.ts';
import { isOpen } from '../search/invariants.ts';
import type { Mutation } from '../search/mutation.ts';
import { type Action, type Answer, leasesIn } from './actions.ts';
import type { Message } from './message-queue.ts';
import type { Actor, Violation } from './observer.ts';
import type { RelayInMemory, RelayPorts } from './relay-in-memory.ts';

export interface Performed {
  /** Undefined if the process crashed. */
  readonly answer: Answer | undefined;
  readonly calls: number;
}

/** Returns the ports of a process that performs the action, with the mutation applied. */
export function portsFor(
  relay: RelayInMemory,
  { actor, choose = (visible) => visible }: Pick<Action, 'actor' | 'choose'>,
  mutation?: Pick<Mutation, 'replacePorts'>,
): RelayPorts {
  const ports = mutation?.replacePorts?.(relay) ?? relay.ports;
  const execution = relay.observer.execution + 1;
  relay.observer.execution = execution;
  return aroundCalls(ports, (_name, call) => {
    relay.observer.actor = actor;
    relay.observer.execution = execution;
    relay.queue.choose = choose;
    return call();
  });
}

/** Performs the action while nothing else runs, so its answer must agree with the rows. */
export async function perform(
  relay: RelayInMemory,
  action: Action,
  {
    fault,
    mutation,
  }: {
    readonly fault?: Fault | undefined;
    readonly mutation?: Pick<Mutation, 'replacePorts' | 'wrapPorts'> | undefined;
  } = {},
): Promise<Performed> {
  const { receipts } = relay.queue;
  const { ports, calls, crashed } = createFaultyProcess(portsFor(relay, action, mutation), fault);
  const work = action.run(mutation?.wrapPorts?.(ports, action.actor) ?? ports);
  const answer = await Promise.race([work, crashed.then(() => undefined)]);
  if (fault) relay.observer.observed = { ...relay.observer.observed, faults: relay.observer.observed.faults + 1 };
  if (answer) relay.observer.violations.push(...violationsOfAnswer(relay, action.actor, answer));
  if (answer && !fault) relay.observer.violations.push(...violationsOfReceive(relay, action, answer, receipts));
  relay.observer.violations.push(...violationsOfState(relay));
  return { answer, calls: calls.length };
}

const violationIf = (isViolated: boolean, invariant: string, detail = ''): Violation[] =>
  isViolated ? [{ invariant, detail }] : [];

/** Returns the violated invariants of the stores between two steps. */
export function violationsOfState(relay: RelayInMemory): Violation[] {
  return [...relay.rows.values()]
    .flatMap((job) => {
      const { eventIds, isPromised, sends } = relay.observer.factsOf(job);
      const { evidenceSha256, jobId, fence } = job;
      const evidence = relay.evidenceRows.get(jobId);
      const isKept = evidence?.fence === fence && shaOf(evidence.jws) === evidenceSha256;
      return [
        ...violationIf(
          eventIds.length !== (isOpen(job) ? 0 : 1),
          'an ended job has one event, and an open job has none',
          jobId,
        ),
        ...violationIf(
          job.state === 'completed' && !isKept,
          'the stored evidence belongs to the accepted result',
          jobId,
        ),
        ...violationIf(isPromised && sends === 0, 'a 202 is answered only after row and message', jobId),
      ];
    })
    .concat(violationsOfQuota(relay));
}

/** Checks the quota. Each process that met a fault may have lost one unit. */
function violationsOfQuota({ observer: { observed }, ports, time }: RelayInMemory): Violation[] {
  return [...observed.units].flatMap(([accountId, units]) => {
    const lost = ports.quota.used(accountId, quotaWindowOf(time.nowMs)) - units;
    const isAllowed = lost >= 0 && lost <= observed.faults;
    return violationIf(
      !isAllowed,
      'the used quota exceeds the jobs by at most one unit for each fault, and never falls short',
      `${lost} units lost`,
    );
  });
}

const SHAS = new Map<string, string>();

function shaOf(jws: string): string {
  const sha = SHAS.get(jws) ?? sha256(Buffer.from(jws)).toString('base64url');
  SHAS.set(jws, sha);
  return sha;
}

/** Returns the violated invariants of an answer. */
export function violationsOfAnswer(relay: RelayInMemory, actor: Actor, answer: Answer): Violation[] {
  if (actor.kind === 'agent' && actor.isRepeat && !returnsHeldLeases(relay, actor, answer))
    return [
      {
        invariant: 'a repeated pull returns the leases that the agent holds',
        detail: JSON.stringify(answer).slice(0, 600),
      },
    ];
  if (answer.json === undefined || actor.kind === 'sweep') return [];
  const agrees =
    actor.kind === 'partner' ? agreesWithJob(relay, actor, answer) : agreesWithLeases(relay, actor, answer);
  return violationIf(!agrees, 'an answer agrees with the rows', JSON.stringify(answer).slice(0, 600));
}

function agreesWithJob(
  { rows, observer }: RelayInMemory,
  actor: Actor & { kind: 'partner' },
  { status, json }: Answer,
): boolean {
  const job = rows.get(json.jobId);
  if (!job) return false;
  if (status === 202) observer.addFacts(job, { isPromised: true });
  return json.state === job.state && (actor.cancels === undefined || job.state === 'canceled');
}

/** Checks that stale pointers hold nothing up: a pull that met some went on, and its agent comes back at once. */
function violationsOfReceive(
  { queue, rows, time }: RelayInMemory,
  { actor, choose }: Pick<Action, 'actor' | 'choose'>,
  { status, json }: Answer,
  receiptsBefore: number,
): Violation[] {
  if (actor.kind !== 'agent' || status !== 200) return [];
  const hasReceived = queue.receipts > receiptsBefore;
  const isWaiting = ({ pool, ref, visibleAt }: Message) => {
    const job = rows.get(ref.jobId);
    const isItsOwn = pool.accountId === actor.accountId && pool.pool === actor.pool;
    return isItsOwn && visibleAt <= time.nowMs && job?.createdAt === ref.createdAt && isFor(actor, job, time.nowMs);
  };
  const missed = hasReceived && json.jobs.length === 0 && !choose ? queue.messages.filter(isWaiting) : [];
  return [
    ...violationIf(hasReceived && json.nextPollSeconds !== 0, 'a pull that received a pointer comes back at once'),
    ...violationIf(missed.length > 0, 'stale pointers hold up no job', JSON.stringify(missed)),
  ];
}

/** Returns true if the agent could lease the job now. */
function isFor({ accountId, pool }: Actor & { kind: 'agent' }, job: Job, nowMs: number): boolean {
  const isFree = job.state === 'queued' || (job.state === 'leased' && (job.leaseUntil ?? 0) <= nowMs);
  const isLeft = job.attempts < LIMITS.attempts && nowMs < job.deadlineAt;
  return job.accountId === accountId && job.pool === pool && isFree && isLeft;
}

/** Returns true if the answer contains each live lease that an earlier execution of the same request took. */
function returnsHeldLeases(
  { rows, observer, time }: RelayInMemory,
  actor: Actor & { kind: 'agent' },
  answer: Answer,
): boolean {
  const earlier = observer.observed.leasedUnder.get(actor.oneTimeValue);
  const leases = earlier && earlier.execution !== observer.execution ? earlier.leases : [];
  const held = leases.filter(({ jobId, fence }) => {
    const job = rows.get(jobId);
    return job?.state === 'leased' && job.fence === fence && (job.leaseUntil ?? 0) > time.nowMs;
  });
  if (answer.problem === 'dependency_unavailable') return true;
  const returned: readonly { readonly jobId: string; readonly fence: number }[] = leasesIn(answer);
  return held.every((lease) => returned.some(({ jobId, fence }) => jobId === lease.jobId && fence === lease.fence));
}

function agreesWithLeases({ rows }: RelayInMemory, actor: Actor & { kind: 'agent' }, { json }: Answer): boolean {
  const isHeld = (lease: { jobId: string; fence: number; leaseUntil: string }) => {
    const job = rows.get(lease.jobId);
    const isOwn = job?.state === 'leased' && job.leasedBy === actor.agentId && job.fence === lease.fence;
    return isOwn && job.leaseUntil === Date.parse(lease.leaseUntil);
  };
  const isAccepted = (jobId: string) => {
    const job = rows.get(jobId);
    const isOwn = job?.state === 'completed' && job.result?.agentId === actor.agentId;
    return isOwn && actor.results.some((lease) => lease.jobId === jobId && lease.fence === job.fence);
  };
  const handedOut = json.jobs.map(({ lease }: { lease: Parameters<typeof isHeld>[0] }) => lease);
  return json.accepted.every(isAccepted) && [...json.renewed, ...handedOut].every(isHeld);
}
