// A promise that ends when a signal fires, for operations that cannot be canceled, such as the system's name lookup.

/**
 * Returns the result of `work`, or rejects with the signal's reason when the signal fires first.
 * Then `work` continues, but nobody waits for it.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
