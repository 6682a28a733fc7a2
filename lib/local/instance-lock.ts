// One laptop cloud for each data directory. A second one learns which process has the lock.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { damagedFile } from './cloud/base/damaged-file.ts';

/** The lock, or its holder. */
export type LockOutcome =
  | { readonly taken: true; release(): void }
  /** The process id of the holder, when it could be read. */
  | { readonly taken: false; readonly heldBy: number | undefined };

const SQLITE_BUSY = 5;

/**
 * Takes the lock of an existing directory. It is the file lock of SQLite, which the kernel releases when the process
 * ends in any way. `lock.sqlite` stays and means nothing by itself, and `lock` only names the holder.
 * @throws Error that says what to do when the file is damaged.
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
