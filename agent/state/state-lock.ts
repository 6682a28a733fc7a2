// One running agent per state directory: a lock that the kernel takes back when the process dies, however it dies.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface StateLock {
  release(): void;
}

/**
 * The lock, or undefined while another process holds it. It is SQLite's own file lock: no stale files, no process ids.
 * The short wait is for `status`, which holds it for a moment to see whether an agent runs.
 */
export function takeStateLock(directory: string): StateLock | undefined {
  const database = new DatabaseSync(join(directory, 'lock.sqlite'));
  try {
    database.exec('PRAGMA busy_timeout = 300; BEGIN EXCLUSIVE');
    return { release: () => database.close() };
  } catch {
    database.close();
    return undefined;
  }
}
