// A signal that wakes all waiters when something changes, so that they need not poll often.

/** A signal with a count of its notifications. */
export interface ChangeSignal {
  /** The number of notifications so far. A waiter that reads it before it looks at the state misses no later change. */
  readonly count: number;
  notify(): void;
  /** Resolves at the first notification after `count`, after `ms` milliseconds, or when the abort signal fires. */
  wait(count: number, ms: number, signal: AbortSignal): Promise<void>;
}

/** Returns a signal without notifications. */
export function createChangeSignal(): ChangeSignal {
  const waiters = new Set<() => void>();
  let notified = 0;
  return {
    get count() {
      return notified;
    },
    notify: () => {
      notified += 1;
      for (const wake of waiters) wake();
    },
    wait: (count, ms, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          waiters.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, notified === count && !signal.aborted ? ms : 0);
        signal.addEventListener('abort', wake);
        waiters.add(wake);
      }),
  };
}
