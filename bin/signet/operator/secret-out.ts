// A new file for a secret that is shown once. It is there, empty, before the secret is made: what cannot be kept is not made.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { UsageError } from '../terminal/usage-error.ts';

export interface SecretFile {
  readonly path: string;
  keep(secret: string): void;
  /** Without effect once something is kept. */
  discard(): void;
}

/** @throws UsageError when it is there already, or cannot be made. */
export function openSecretFile(path: string): SecretFile {
  const file = create(path);
  let isKept = false;
  return {
    path,
    keep(secret) {
      writeSync(file, `${secret}\n`);
      closeSync(file);
      isKept = true;
    },
    discard() {
      if (!isKept) rmSync(path, { force: true });
    },
  };
}

function create(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === 'EEXIST' ? `${path} is there already: name a new file.` : `${path} cannot be written: ${code}.`,
    );
  }
}
