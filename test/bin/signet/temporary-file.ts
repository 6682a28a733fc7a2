// A file that goes away with the test, readable by its owner alone unless told otherwise.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export function temporaryFile(content: string | Uint8Array, { name = 'file', mode = 0o600 } = {}): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}
