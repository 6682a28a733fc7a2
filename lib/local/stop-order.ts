// The order to stop, whichever way it comes. It counts once: what comes while we stop changes nothing.

export interface StopOrder {
  /** Fires when the order comes. */
  readonly signal: AbortSignal;
  /** Resolves when it has come. */
  readonly came: Promise<void>;
}

/**
 * Ctrl-C, SIGTERM, a closed terminal, the end of the process that started us, or nobody reading our output any more.
 * The listeners stay: the terminal, npm and the bootstrap may each pass on the same Ctrl-C, and the second must not kill us.
 */
export function awaitStopOrder(us: NodeJS.Process): StopOrder {
  const stopping = new AbortController();
  const came = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) us.on(signal, stop);
  us.on('disconnect', stop);
  for (const output of [us.stdout, us.stderr]) output.on('error', stop);
  return { signal: stopping.signal, came };
}
