// Servers that prefer a port, and use another one when it is taken.

/**
 * Returns the result of `listen` on the first of the ports that is free, or undefined when none is. Port 0 is always
 * free.
 */
export async function listenOnFreePort<T>(
  ports: readonly number[],
  listen: (port: number) => Promise<T>,
): Promise<T | undefined> {
  for (const port of ports) {
    try {
      return await listen(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  return undefined;
}
