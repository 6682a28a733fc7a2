// A port that a laptop keeps through its deaths.
import { createServer } from 'node:net';

/** Below those that the system gives away: while the laptop is dead nobody takes it, and the agents find it again. */
export async function quietPort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const isFree = await new Promise<boolean>((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
  return isFree ? port : quietPort();
}
