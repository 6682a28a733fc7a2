// The new file for a secret that is shown once. The file is made before the secret, which would be lost without it.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { UsageError } from '../../../lib/terminal/exit-error.ts';

export interface SecretFile {
  readonly path: string;
  write(secret: string): void;
  /** Removes the file, unless a secret was written to it. */
  discard(): void;
}

/** Makes the file, readable by its owner alone. @throws UsageError when it exists already or cannot be made. */
export function openSecretFile(path: string): SecretFile {
  const file = create(path);
  let isWritten = false;
  return {
    path,
    write(secret) {
      writeSync(file, `${secret}\n`);
      closeSync(file);
      isWritten = true;
    },
    discard() {
      if (!isWritten) rmSync(path, { force: true });
    },
  };
}

function create(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === 'EEXIST' ? `${path} exists already. Name a new file.` : `${path} cannot be written: ${code}.`,
    );
  }
}
