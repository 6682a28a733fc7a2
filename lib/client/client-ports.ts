// What the client needs of the machine. Tests give their own.
import { randomUUID } from 'node:crypto';

export interface ClientPorts {
  readonly fetch: typeof fetch;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** 0–1. */
  readonly random: () => number;
  /** Never given twice. 16–128 characters of `A-Za-z0-9_-`. */
  readonly nonce: () => string;
  /** Resolves after that time, or rejects with the signal's reason. */
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export const MACHINE: ClientPorts = {
  fetch: (input, init) => fetch(input, init),
  clock: Date.now,
  random: Math.random,
  nonce: randomUUID,
  pause,
};

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
