// When this process wrote down last that it saw an agent. An agent's own word for that is only as good as the agent.

/** As many as are kept; the one that was noted longest ago leaves first. */
const REMEMBERED_AGENTS = 1_000;

export class SeenAgents {
  readonly #seconds = new Map<string, number>();

  /** Epoch seconds; 0 for an agent that is not remembered. */
  lastNoted(agentId: string): number {
    return this.#seconds.get(agentId) ?? 0;
  }

  note(agentId: string, nowSeconds: number): void {
    this.#seconds.delete(agentId);
    this.#seconds.set(agentId, nowSeconds);
    const [oldest] = this.#seconds.keys();
    if (this.#seconds.size > REMEMBERED_AGENTS && oldest !== undefined) this.#seconds.delete(oldest);
  }
}
