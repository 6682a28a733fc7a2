// The request to stop, in any of its forms. Only the first one counts.

/** The first request to stop. */
export interface StopRequest {
  /** Fires at the request. */
  readonly signal: AbortSignal;
  /** Resolves at the request. */
  readonly received: Promise<void>;
}

/**
 * Waits for Ctrl-C, SIGTERM, a closed terminal, the end of our parent process, or the end of the program that reads our output. The
 * listeners stay: the terminal, npm and the bootstrap may each pass on the same Ctrl-C, and the second must not kill
 * us.
 */
export function awaitStopRequest(us: NodeJS.Process): StopRequest {
  const stopping = new AbortController();
  const received = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) us.on(signal, stop);
  us.on('disconnect', stop);
  for (const output of [us.stdout, us.stderr]) output.on('error', stop);
  return { signal: stopping.signal, received };
}
