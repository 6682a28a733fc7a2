// What the client needs from the machine on which it runs. Tests pass their own.
import { randomUUID } from 'node:crypto';

/** The network, the clock and the randomness of a client. */
export interface ClientPorts {
  readonly fetch: typeof fetch;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Returns a number from 0 to 1, without 1. */
  readonly random: () => number;
  /** Returns a new nonce of 16–128 characters of `A-Za-z0-9_-`, and never the same one twice. */
  readonly nonce: () => string;
  /** Resolves after `ms` milliseconds, or rejects with the signal's reason. */
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** The ports of this machine. */
export const DEFAULT_PORTS: ClientPorts = {
  fetch: (input, init) => fetch(input, init),
  clock: Date.now,
  random: Math.random,
  nonce: randomUUID,
  pause,
};

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
