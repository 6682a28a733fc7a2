// The data directory. It is owner-only, because it has the secrets and the tables.
import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';

/** Files that every used data directory contains. */
const OURS = ['lock.sqlite', 'secrets.json'];

/**
 * Creates the directory, or closes it to other users. It does not change a directory that contains other things.
 * @throws Error for the user, with the reason.
 */
export function prepareDataDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (isOpenToOthers(path)) close(path);
  } catch (cause) {
    throw new Error(`${path} cannot be the data directory: ${(cause as Error).message}`, { cause });
  }
}

function isOpenToOthers(path: string): boolean {
  return (statSync(path).mode & 0o077) !== 0;
}

function close(path: string): void {
  const found = readdirSync(path);
  if (found.length > 0 && !OURS.some((name) => found.includes(name)))
    throw new Error('it is open to other users and contains other files. Choose an empty or a new directory.');
  chmodSync(path, 0o700);
}
