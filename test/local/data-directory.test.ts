// The data directory is owner-only.
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareDataDirectory } from '../../lib/local/data-directory.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const modeOf = (path: string) => statSync(path).mode & 0o777;

/** Returns a folder that others may read, with these files in it. */
function openFolder(...files: readonly string[]): string {
  const folder = join(temporaryFolder(), 'open');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  for (const file of files) writeFileSync(join(folder, file), '');
  return folder;
}

test('is created with its parent folders, for its owner only', () => {
  const folder = join(temporaryFolder(), 'a', 'b');
  prepareDataDirectory(folder);
  expect(modeOf(folder)).toBe(0o700);
});

test.each([[[]], [['secrets.json', 'ports.json']], [['lock.sqlite']]])(
  'is closed to others when it contains %j',
  (files) => {
    const folder = openFolder(...files);
    prepareDataDirectory(folder);
    expect(modeOf(folder)).toBe(0o700);
  },
);

test('is refused, and not changed, when it is open to others and contains other files', () => {
  const folder = openFolder('thesis.tex');
  expect(() => prepareDataDirectory(folder)).toThrow(
    `${folder} cannot be the data directory: it is open to other users`,
  );
  expect(modeOf(folder)).toBe(0o755);
});

test('is refused when it is a file', () => {
  const file = join(openFolder('file'), 'file');
  expect(() => prepareDataDirectory(file)).toThrow(`${file} cannot be the data directory: EEXIST`);
});
