// Files that only their owner may read: written completely or not at all, and refused when others can read them.
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { AgentError } from '../events/agent-error.ts';

/**
 * Creates the directory for its owner only. An existing one must be closed to others. Windows has no such modes.
 * @throws AgentError when others can read the directory.
 */
export function ensureOwnerOnlyDirectory(path: string): void {
  if (mkdirSync(path, { recursive: true, mode: 0o700 })) chmodSync(path, 0o700);
  refuseOpenModes(path, '700');
}

/**
 * Returns the text, or undefined when there is no such file.
 * @throws AgentError when others can read the file.
 */
export function readOwnerOnlyFile(path: string): string | undefined {
  if (!statSync(path, { throwIfNoEntry: false })) return undefined;
  refuseOpenModes(path, '600');
  return readFileSync(path, 'utf8');
}

/**
 * Replaces the file in one step that survives a power cut: it writes and syncs a new file, renames it, and syncs the
 * directory.
 */
export function writeOwnerOnlyFile(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}.new`;
  const file = openSync(unfinished, 'w', 0o600);
  writeSync(file, text);
  fsyncSync(file);
  closeSync(file);
  renameSync(unfinished, path);
  syncDirectory(dirname(path));
}

function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  fsyncSync(directory);
  closeSync(directory);
}

function refuseOpenModes(path: string, mode: '600' | '700'): void {
  const isOpen = process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
  if (isOpen)
    throw new AgentError('state_unusable', `Other users can read ${path}. To prevent that, run: chmod ${mode} ${path}`);
}
