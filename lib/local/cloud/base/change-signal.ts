// A changeSignal that wakes whoever waits for something to happen, so that waiting needs little polling.

export interface ChangeSignal {
  /** How often it rang. Whoever remembers it before looking misses nothing that happens while it looks. */
  readonly count: number;
  ring(): void;
  /** Resolves at the first ring after `count`, after the time, or when the signal fires, whichever comes first. */
  wait(count: number, ms: number, signal: AbortSignal): Promise<void>;
}

export function createChangeSignal(): ChangeSignal {
  const sleepers = new Set<() => void>();
  let rung = 0;
  return {
    get count() {
      return rung;
    },
    ring: () => {
      rung += 1;
      for (const wake of sleepers) wake();
    },
    wait: (count, ms, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          sleepers.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, rung === count && !signal.aborted ? ms : 0);
        signal.addEventListener('abort', wake);
        sleepers.add(wake);
      }),
  };
}
