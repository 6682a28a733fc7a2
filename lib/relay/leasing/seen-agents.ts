// Remembers when this process last wrote each agent's presence. The agent's pace says that too, but is not trusted.

/** The number of agents that are remembered. The one whose presence was written longest ago is evicted first. */
const REMEMBERED_AGENTS = 1_000;

/** The newest presence writes of this process. */
export class SeenAgents {
  readonly #seconds = new Map<string, number>();

  /** Returns when the agent's presence was last written, in epoch seconds, or 0 when that is not remembered. */
  lastSeenAt(agentId: string): number {
    return this.#seconds.get(agentId) ?? 0;
  }

  /** Remembers that the agent's presence was written at `nowSeconds`, in epoch seconds. */
  record(agentId: string, nowSeconds: number): void {
    this.#seconds.delete(agentId);
    this.#seconds.set(agentId, nowSeconds);
    const [oldest] = this.#seconds.keys();
    if (this.#seconds.size > REMEMBERED_AGENTS && oldest !== undefined) this.#seconds.delete(oldest);
  }
}
