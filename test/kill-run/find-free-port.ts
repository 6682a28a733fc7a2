// Finds a port that a laptop cloud can use again after it was killed.
import { createServer } from 'node:net';

/**
 * Returns a free port below the system's ephemeral range. No other program gets that port by chance while the laptop cloud is
 * down, so agents can reach it again.
 */
export async function findFreePort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const isFree = await new Promise<boolean>((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
  return isFree ? port : findFreePort();
}
