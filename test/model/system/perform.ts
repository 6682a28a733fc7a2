// One act in a process of its own, with or without a fault, and what must be true when it is over.
import { LIMITS } from '../../../lib/api/limits.ts';
import { sha256 } from '../../../lib/protocol/sha256.ts';
import { quotaWindowOf } from '../../../lib/relay/model/quota-window.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { aroundCalls } from '../../support/faults/around-calls.ts';
import { createFaultyProcess, type Fault } from '../../support/faults/fault-port.ts';
import type { Mutation } from '../search/breaking.ts';
import { isOpen } from '../search/invariants.ts';
import { type Act, type Answer, leasesIn } from './acts.ts';
import type { Message } from './message-queue.ts';
import type { Actor, Broken } from './observe.ts';
import type { RelayInMemory, RelayPorts } from './relay-in-memory.ts';

export interface Performed {
  /** Undefined when its process died. */
  readonly answer: Answer | undefined;
  readonly calls: number;
}

/** Ports of a process that works in somebody's name, broken by the mutation if there is one. */
export function portsFor(
  relay: RelayInMemory,
  { actor, choose = (visible) => visible }: Pick<Act, 'actor' | 'choose'>,
  mutation?: Pick<Mutation, 'under'>,
): RelayPorts {
  const broken = mutation?.under?.(relay) ?? relay.ports;
  const execution = relay.observer.execution + 1;
  relay.observer.execution = execution;
  return aroundCalls(broken, (_name, call) => {
    relay.observer.actor = actor;
    relay.observer.execution = execution;
    relay.queue.choose = choose;
    return call();
  });
}

/** Performs it alone: nothing else moves meanwhile, so its answer must be true when it comes. */
export async function perform(
  relay: RelayInMemory,
  act: Act,
  {
    fault,
    mutation,
  }: { readonly fault?: Fault | undefined; readonly mutation?: Pick<Mutation, 'under' | 'over'> | undefined } = {},
): Promise<Performed> {
  const { receipts } = relay.queue;
  const { ports, calls, crashed } = createFaultyProcess(portsFor(relay, act, mutation), fault);
  const work = act.run(mutation?.over?.(ports, act.actor) ?? ports);
  const answer = await Promise.race([work, crashed.then(() => undefined)]);
  if (fault) relay.observer.observed = { ...relay.observer.observed, faults: relay.observer.observed.faults + 1 };
  if (answer) relay.observer.broken.push(...breaksOfAnswer(relay, act.actor, answer));
  if (answer && !fault) relay.observer.broken.push(...breaksOfReceive(relay, act, answer, receipts));
  relay.observer.broken.push(...breaksOfState(relay));
  return { answer, calls: calls.length };
}

const when = (isBroken: boolean, invariant: string, detail = ''): Broken[] => (isBroken ? [{ invariant, detail }] : []);

/** Sentences about the whole of the stores, between two steps. */
export function breaksOfState(relay: RelayInMemory): Broken[] {
  return [...relay.rows.values()]
    .flatMap((job) => {
      const { eventIds, isPromised, sends } = relay.observer.factsOf(job);
      const { evidenceSha256, jobId, fence } = job;
      const evidence = relay.kept.get(jobId);
      const isKept = evidence?.fence === fence && shaOf(evidence.jws) === evidenceSha256;
      return [
        ...when(eventIds.length !== (isOpen(job) ? 0 : 1), 'one event for each job that ended, and none before', jobId),
        ...when(job.state === 'completed' && !isKept, 'the evidence kept is that of the accepted result', jobId),
        ...when(isPromised && sends === 0, '202 follows row and message', jobId),
      ];
    })
    .concat(breaksOfQuota(relay));
}

/** Right, or a unit short for each process that met a fault. */
function breaksOfQuota({ observer: { observed }, ports, time }: RelayInMemory): Broken[] {
  return [...observed.units].flatMap(([accountId, units]) => {
    const lost = ports.quota.used(accountId, quotaWindowOf(time.nowMs)) - units;
    const isRight = lost >= 0 && lost <= observed.faults;
    return when(!isRight, 'the quota is right, or one unit short for each fault, never over', `${lost} units lost`);
  });
}

const SHAS = new Map<string, string>();

function shaOf(jws: string): string {
  const sha = SHAS.get(jws) ?? sha256(Buffer.from(jws)).toString('base64url');
  SHAS.set(jws, sha);
  return sha;
}

/** What was answered is so. */
export function breaksOfAnswer(relay: RelayInMemory, actor: Actor, answer: Answer): Broken[] {
  if (actor.kind === 'agent' && actor.isRepeat && !hasItsLeases(relay, actor, answer))
    return [
      { invariant: 'a repeated pull gets the leases that it holds', detail: JSON.stringify(answer).slice(0, 600) },
    ];
  if (answer.json === undefined || actor.kind === 'sweep') return [];
  const wrong = actor.kind === 'partner' ? !isTrueOfJob(relay, actor, answer) : !isTrueOfPull(relay, actor, answer);
  return when(wrong, 'an answer says what is so', JSON.stringify(answer).slice(0, 600));
}

function isTrueOfJob(
  { rows, observer }: RelayInMemory,
  actor: Actor & { kind: 'partner' },
  { status, json }: Answer,
): boolean {
  const job = rows.get(json.jobId);
  if (!job) return false;
  if (status === 202) observer.note(job, { isPromised: true });
  return json.state === job.state && (actor.cancels === undefined || job.state === 'canceled');
}

/** Stale pointers hold nothing up: a pull that met some went on, and its agent comes back at once. */
function breaksOfReceive(
  { queue, rows, time }: RelayInMemory,
  { actor, choose }: Pick<Act, 'actor' | 'choose'>,
  { status, json }: Answer,
  receiptsBefore: number,
): Broken[] {
  if (actor.kind !== 'agent' || status !== 200) return [];
  const hasReceived = queue.receipts > receiptsBefore;
  const isWaiting = ({ pool, ref, visibleAt }: Message) => {
    const job = rows.get(ref.jobId);
    const isItsOwn = pool.accountId === actor.accountId && pool.pool === actor.pool;
    return isItsOwn && visibleAt <= time.nowMs && job?.createdAt === ref.createdAt && isFor(actor, job, time.nowMs);
  };
  const missed = hasReceived && json.jobs.length === 0 && !choose ? queue.messages.filter(isWaiting) : [];
  return [
    ...when(hasReceived && json.nextPollSeconds !== 0, 'a pull that received a pointer comes back at once'),
    ...when(missed.length > 0, 'stale pointers hold up no job', JSON.stringify(missed)),
  ];
}

/** Whether an agent could lease the job now. */
function isFor({ accountId, pool }: Actor & { kind: 'agent' }, job: Job, nowMs: number): boolean {
  const isFree = job.state === 'queued' || (job.state === 'leased' && (job.leaseUntil ?? 0) <= nowMs);
  const isLeft = job.attempts < LIMITS.attempts && nowMs < job.deadlineAt;
  return job.accountId === accountId && job.pool === pool && isFree && isLeft;
}

/** Those that an earlier execution of the same bytes took, and that are live. */
function hasItsLeases(
  { rows, observer, time }: RelayInMemory,
  actor: Actor & { kind: 'agent' },
  answer: Answer,
): boolean {
  const taken = observer.observed.leasedUnder.get(actor.oneTimeValue);
  const leases = taken && taken.execution !== observer.execution ? taken.leases : [];
  const held = leases.filter(({ jobId, fence }) => {
    const job = rows.get(jobId);
    return job?.state === 'leased' && job.fence === fence && (job.leaseUntil ?? 0) > time.nowMs;
  });
  if (answer.problem === 'dependency_unavailable') return true;
  const given: readonly { readonly jobId: string; readonly fence: number }[] = leasesIn(answer);
  return held.every((lease) => given.some(({ jobId, fence }) => jobId === lease.jobId && fence === lease.fence));
}

function isTrueOfPull({ rows }: RelayInMemory, actor: Actor & { kind: 'agent' }, { json }: Answer): boolean {
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
