// One running agent per state directory: a lock that the kernel releases when the process ends in any way.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A lock that is held. */
export interface StateLock {
  release(): void;
}

/**
 * Returns the lock, or undefined while another process has it. It is SQLite's file lock, so there are no stale files
 * and no process ids. The short wait is for `status`, which takes the lock for a moment to see whether an agent runs.
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
