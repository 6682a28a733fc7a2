// The data directory: for its owner alone, because secrets and tables are kept in it.
import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';

/** What every data directory holds that was used before. */
const OURS = ['lock.sqlite', 'secrets.json'];

/**
 * Makes the directory, or closes it to other users. What holds other people's things as well is left as it is.
 * @throws Error in the user's words.
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
    throw new Error('it is open to other users and holds other things. Name one that is empty or not there yet.');
  chmodSync(path, 0o700);
}
