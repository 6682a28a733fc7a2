// Describes a state as text. Equivalent states have the same text: times are relative, and agents and jobs are interchangeable.
import { LIMITS } from '../../../lib/api/limits.ts';
import { quotaWindowOf } from '../../../lib/relay/model/quota-window.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import { isOpen } from '../search/invariants.ts';
import type { AgentMemory, SmallCase, SmallState } from './small-case.ts';

const ORDERS = [
  [0, 1],
  [1, 0],
] as const;

type Names = ReadonlyMap<string | undefined, string>;

/** Returns the text of the relay's current state: the alphabetically first text under all renamings of agents and jobs. */
export function describeState(
  small: SmallCase,
  { memories, faultBudget }: Pick<SmallState, 'memories' | 'faultBudget'>,
): string {
  const { relay, jobIds, agents } = small;
  const { observed } = relay.observer;
  const texts = ORDERS.flatMap((order) => {
    const ordered = order.map((at) => memories[at] ?? { leases: [] });
    const names: Names = new Map(order.map((at, place) => [agents[at]?.key.keyId, String(place)]));
    const [first, second] = jobIds.map((jobId) => describeJob(small, jobId, ordered, names));
    const last = ordered.map((memory) => describeLast(memory, small)).join('|');
    return [`${first}|${second}|${last}`, `${second}|${first}|${last}`];
  });
  const emptyAges = [...relay.emptyTimes].map(([pool, emptyAt]) => `${pool}:${relay.time.nowMs - emptyAt}`);
  const ours = `${faultBudget}|${observed.faults}|${lostUnits(small)}|${emptyAges}|${texts.toSorted()[0]}`;
  return `${ours}|${describeStrangers(small)}`;
}

/** Describes the jobs of the other account, and the pointers to them. */
function describeStrangers({ relay, jobIds }: SmallCase): string {
  const isStrange = (jobId: string) => !jobIds.includes(jobId);
  const { nowMs } = relay.time;
  const rows = [...relay.rows.values()].filter(({ jobId }) => isStrange(jobId));
  const messages = relay.queue.messages.filter(({ ref }) => isStrange(ref.jobId));
  const places = messages.map(({ pool, visibleAt }) => `${pool.accountId}:${until(visibleAt, nowMs)}`);
  return [...rows.map((job) => describeRow(job, nowMs, new Map())), ...places.toSorted()].join(';');
}

function lostUnits({ relay, agents }: SmallCase): number {
  const accountId = agents[0]?.key.accountId ?? '';
  const used = relay.ports.quota.used(accountId, quotaWindowOf(relay.time.nowMs));
  return used - (relay.observer.observed.units.get(accountId) ?? 0);
}

/** Returns the time until the moment, 0 if it is past, or `-` if there is none. */
const until = (moment: number | undefined, nowMs: number) =>
  moment === undefined ? '-' : moment <= nowMs ? 0 : moment - nowMs;

function describeJob({ relay }: SmallCase, jobId: string, memories: readonly AgentMemory[], names: Names): string {
  const job = relay.rows.get(jobId);
  const { nowMs } = relay.time;
  const known = memories.map(({ leases }) => leases.filter((lease) => lease.jobId === jobId));
  const messages = relay.queue.messages
    .filter(({ ref }) => ref.jobId === jobId)
    .map(({ visibleAt, receipt }) => {
      const holders = known.map((leases) =>
        leases.filter((lease) => lease.receipt === receipt).map(({ fence }) => fence),
      );
      return `${until(visibleAt, nowMs)}:${holders.join('/')}`;
    });
  const fences = known.map((leases) => leases.map(({ fence }) => fence));
  const keyIds = [...names.keys()].map((keyId) => keyId ?? '');
  const claims = job ? memories.map((memory, place) => describeClaim({ relay }, memory, keyIds[place] ?? '', job)) : [];
  return [
    job ? describeRow(job, nowMs, names) : '',
    messages.toSorted().join(),
    fences.join('/'),
    claims.join('/'),
    relay.evidenceRows.get(jobId)?.fence,
  ].join(';');
}

function describeRow(job: Job, nowMs: number, names: Names): string {
  const isPastCap = (job.leasedAt ?? 0) < nowMs - LIMITS.renewalCapSeconds * 1000;
  const by = names.get(job.leasedBy);
  if (!isOpen(job)) return [job.state, job.fence, by].join();
  const times = [job.leaseUntil, job.dueAt, job.deadlineAt].map((moment) => until(moment, nowMs));
  // The sweep sends again six hours after the last send, and looks whether a queue was empty a minute after it.
  const sentAgo = until((job.sentAt ?? job.createdAt) + 21_600_000, nowMs);
  const cap = job.leasedAt === undefined ? '-' : isPastCap ? 0 : job.leasedAt - nowMs;
  return [job.state, job.fence, job.attempts, by, job.resends, job.alarms, sentAgo, cap, ...times].join();
}

/** Describes the agent's last pull. A repeat behaves differently if the pull was claimed. */
function describeLast({ last }: AgentMemory, { relay }: SmallCase): string {
  if (!last) return '';
  const left = until(last.signedAt + 300_000, relay.time.nowMs);
  return left === 0 ? '' : `${left}${relay.observer.observed.leasedUnder.has(last.oneTimeValue)}`;
}

/** Describes what the agent's last pull claimed of this job, and which leases it took. */
function describeClaim({ relay }: Pick<SmallCase, 'relay'>, { last }: AgentMemory, keyId: string, job: Job): string {
  if (!last || until(last.signedAt + 300_000, relay.time.nowMs) === 0) return '';
  const pull = relay.claims.get(JSON.stringify([keyId, last.oneTimeValue]))?.pull;
  const isNamed = pull?.refs.some(({ jobId }) => jobId === job.jobId);
  const leases = relay.observer.observed.leasedUnder.get(last.oneTimeValue)?.leases ?? [];
  const fences = leases.filter(({ jobId }) => jobId === job.jobId).map(({ fence }) => fence);
  return `${isNamed ? pull?.leasedAt === job.leasedAt : ''}${fences}`;
}
