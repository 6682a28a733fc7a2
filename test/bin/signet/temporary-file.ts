// A file that is removed after the test. Only its owner can read it, unless the test sets another mode.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export function temporaryFile(content: string | Uint8Array, { name = 'file', mode = 0o600 } = {}): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}
