// The documents as text, and the files that they name.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '');

/** Returns the text of a file of the project. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function exists(path: string): boolean {
  return existsSync(join(ROOT, path));
}

const SOURCE_PATH = /`((?:agent|bench|bin|docs|lambdas|lib|test|\.ci|\.github)\/[\w./-]*[\w/])`/g;

/** Returns each file or folder of the project that the text names between backquotes, once. */
export function pathsIn(text: string): string[] {
  return [...new Set([...text.matchAll(SOURCE_PATH)].map(([, path = '']) => path))];
}
