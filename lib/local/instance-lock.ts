// One laptop cloud for each data directory: the second one is told of the first.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { damagedFile } from './cloud/base/damaged-file.ts';

export type LockOutcome =
  | { readonly taken: true; release(): void }
  /** The other process, as far as it has written itself down. */
  | { readonly taken: false; readonly heldBy: number | undefined };

const SQLITE_BUSY = 5;

/**
 * Takes the lock of a directory that is there. It is SQLite's own file lock, which the kernel takes back when the process
 * dies, however it dies: `lock.sqlite` stays for ever and means nothing by itself, and `lock` only tells who holds it.
 */
export function takeInstanceLock(dataDir: string): LockOutcome {
  const file = join(dataDir, 'lock.sqlite');
  const holder = join(dataDir, 'lock');
  const database = new DatabaseSync(file);
  if (!lockWhole(database, file)) return { taken: false, heldBy: readProcessId(holder) };
  writeFileSync(holder, String(process.pid));
  const release = () => {
    rmSync(holder, { force: true });
    database.close();
  };
  return { taken: true, release };
}

function lockWhole(database: DatabaseSync, file: string): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw damagedFile(file, 'cannot be locked', error);
  }
}

function readProcessId(path: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}
