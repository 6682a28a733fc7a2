// Remembers when this process last wrote each agent's presence, and what the agent said. The pace says that too, but is not trusted.

/** The number of agents that are remembered. The one whose presence was written longest ago is evicted first. */
const REMEMBERED_AGENTS = 1_000;

/** A presence as it was written. */
export interface SeenAgent {
  /** Epoch seconds. 0: never, as far as is remembered. */
  readonly seenAt: number;
  /** A digest of what the agent said of itself. Empty: it said nothing. */
  readonly said: string;
}

const NEVER: SeenAgent = { seenAt: 0, said: '' };

/** The newest presence writes of this process. */
export class SeenAgents {
  readonly #agents = new Map<string, SeenAgent>();

  /** Returns how the agent's presence was last written. */
  find(agentId: string): SeenAgent {
    return this.#agents.get(agentId) ?? NEVER;
  }

  /** Remembers that the agent's presence was written. */
  record(agentId: string, seen: SeenAgent): void {
    this.#agents.delete(agentId);
    this.#agents.set(agentId, seen);
    const [oldest] = this.#agents.keys();
    if (this.#agents.size > REMEMBERED_AGENTS && oldest !== undefined) this.#agents.delete(oldest);
  }
}
