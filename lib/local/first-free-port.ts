// Servers that would like a certain port, and take another when it is taken.

/** What `listen` gives on the first of the ports that is free, or undefined when none is. 0 is always free. */
export async function onFirstFreePort<T>(
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
