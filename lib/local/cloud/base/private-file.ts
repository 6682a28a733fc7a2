// A JSON file that only its owner can read and that is never half written.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { damagedFile } from './damaged-file.ts';

/**
 * Writes the file. It writes a temporary file first and renames it, so that a crash leaves either the old or the new
 * content. `flush` extends this to power cuts and takes some milliseconds.
 */
export function writePrivateJson(file: string, content: unknown, { flush }: { readonly flush: boolean }): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(content, null, 2), { mode: 0o600, flush });
  renameSync(temporary, file);
}

/**
 * Returns the content, or undefined when there is no such file.
 * @throws Error that says what to do when the content is not a JSON object.
 */
export function readPrivateJson<T extends object>(file: string): T | undefined {
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const content = parseJson(text);
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as T;
  throw damagedFile(file, 'is not the JSON that was written to it');
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
