// One laptop cloud for each data directory, even when a killed one has left files.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { takeInstanceLock } from '../../lib/local/instance-lock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MODULE = fileURLToPath(new URL('../../lib/local/instance-lock.ts', import.meta.url));

/** Starts another process that holds the lock. */
async function startHolder(folder: string) {
  const script = `
    import { takeInstanceLock } from ${JSON.stringify(MODULE)};
    const lock = takeInstanceLock(${JSON.stringify(folder)});
    console.log(lock.taken);
    setInterval(() => lock, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(String((await once(child.stdout, 'data'))[0]).trim()).toBe('true');
  return child;
}

function takeOrFail(folder: string) {
  const lock = takeInstanceLock(folder);
  if (!lock.taken) throw new Error(`The lock is held by ${lock.heldBy}.`);
  onTestFinished(lock.release);
  return lock;
}

test('names its holder, and is free as soon as that process is killed', async () => {
  const folder = temporaryFolder();
  const holder = await startHolder(folder);
  expect(takeInstanceLock(folder)).toEqual({ taken: false, heldBy: holder.pid });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  takeOrFail(folder);
});

test('ignores a process id that now belongs to another process', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'lock'), String(process.ppid));
  writeFileSync(join(folder, 'lock.sqlite'), '');
  takeOrFail(folder);
});

test('is held even when the holder is not written down', () => {
  const folder = temporaryFolder();
  takeOrFail(folder);
  writeFileSync(join(folder, 'lock'), 'someone');
  expect(takeInstanceLock(folder)).toEqual({ taken: false, heldBy: undefined });
});

test('names no holder once it is released', () => {
  const folder = temporaryFolder();
  const first = takeInstanceLock(folder);
  if (first.taken) first.release();
  expect(existsSync(join(folder, 'lock'))).toBe(false);
  takeOrFail(folder);
});

test('names a damaged file', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'lock.sqlite');
  writeFileSync(file, 'no database at all. '.repeat(100));
  expect(() => takeInstanceLock(folder)).toThrow(`${file} cannot be locked. Remove the data directory`);
});
