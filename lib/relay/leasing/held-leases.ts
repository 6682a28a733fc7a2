// Remembers the leases that this process handed out. A fuse: no agent holds more than fifty, however often it asks.

import { LIMITS } from '../../api/limits.ts';
import type { Lease } from '../../protocol/messages.ts';
import type { JobStore } from '../model/ports.ts';
import type { Job } from '../model/records.ts';

/** The number of agents that are remembered. The one that got a lease longest ago is evicted first. */
const REMEMBERED_AGENTS = 1_000;

/** While an agent really holds as many as it may, its rows are read again at most once in this time. */
const REREAD_MS = 5_000;

type LeaseName = Pick<Lease, 'jobId' | 'fence'>;

interface HeldByAgent {
  /** When each lease ends, by job id and fence. Epoch milliseconds. */
  readonly ends: ReadonlyMap<string, { readonly lease: LeaseName; readonly endsAt: number }>;
  readonly fullUntil: number;
}

const NONE: HeldByAgent = { ends: new Map(), fullUntil: 0 };

/** The live leases that this process handed out, by agent. Other processes count their own. */
export class HeldLeases {
  readonly #agents = new Map<string, HeldByAgent>();

  /** Remembers leases that were handed out or renewed. */
  record(agentId: string, leases: readonly Lease[]): void {
    const added = leases.map((lease) => [nameOf(lease), { lease, endsAt: Date.parse(lease.leaseUntil) }] as const);
    if (added.length > 0) this.#keep(agentId, new Map([...this.#find(agentId).ends, ...added]));
  }

  /** Forgets leases that the agent holds no more. Only what the relay knows may be named, never what the agent says. */
  forget(agentId: string, leases: readonly LeaseName[]): void {
    const gone = new Set(leases.map(nameOf));
    const { ends } = this.#find(agentId);
    const remaining = [...ends].filter(([name]) => !gone.has(name));
    if (remaining.length < ends.size) this.#keep(agentId, new Map(remaining));
  }

  /**
   * Returns how many more leases the agent may get, at most `want`. Results may have gone to other processes, so the rows
   * are read before an agent is refused.
   */
  async allow(jobs: Pick<JobStore, 'findMany'>, agentId: string, want: number, nowMs: number): Promise<number> {
    const free = () => Math.max(0, LIMITS.leasesPerAgent - this.#live(agentId, nowMs).length);
    if (want <= free() || nowMs < this.#find(agentId).fullUntil) return Math.min(want, free());
    const live = this.#live(agentId, nowMs);
    const rows = await jobs.findMany(live.map(({ jobId }) => jobId));
    this.forget(
      agentId,
      live.filter((lease) => !rows.some((job) => isHeld(job, lease, agentId))),
    );
    if (free() === 0) this.#keep(agentId, this.#find(agentId).ends, nowMs + REREAD_MS);
    return Math.min(want, free());
  }

  #find(agentId: string): HeldByAgent {
    return this.#agents.get(agentId) ?? NONE;
  }

  #live(agentId: string, nowMs: number): readonly LeaseName[] {
    return [...this.#find(agentId).ends.values()].filter(({ endsAt }) => endsAt > nowMs).map(({ lease }) => lease);
  }

  #keep(agentId: string, ends: HeldByAgent['ends'], fullUntil = 0): void {
    this.#agents.delete(agentId);
    this.#agents.set(agentId, { ends, fullUntil });
    const [oldest] = this.#agents.keys();
    if (this.#agents.size > REMEMBERED_AGENTS && oldest !== undefined) this.#agents.delete(oldest);
  }
}

function nameOf({ jobId, fence }: LeaseName): string {
  return `${jobId} ${fence}`;
}

function isHeld({ jobId, state, fence, leasedBy }: Job, lease: LeaseName, agentId: string): boolean {
  return jobId === lease.jobId && state === 'leased' && fence === lease.fence && leasedBy === agentId;
}
