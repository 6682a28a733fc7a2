// `npm run lint` finds the Biome of the machine, or says what to install.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { biomePaths, describeMissingBiome } from '../../bin/biome.mjs';
import { makeCheckout, ROOT, runProcess } from './old-checkout.ts';

const VERSION = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).optionalDependencies[
  '@biomejs/cli-linux-x64'
];

test.each([
  ['darwin', 'arm64', ['node_modules/@biomejs/cli-darwin-arm64/biome']],
  ['win32', 'x64', ['node_modules/@biomejs/cli-win32-x64/biome.exe']],
  [
    'linux',
    'arm64',
    ['node_modules/@biomejs/cli-linux-arm64-musl/biome', 'node_modules/@biomejs/cli-linux-arm64/biome'],
  ],
  ['freebsd', 'x64', []],
])('looks for the Biome of %s-%s in its packages', (platform, arch, paths) => {
  expect(biomePaths({ platform, arch })).toEqual(paths);
});

test('runs the Biome of package.json on this machine, with its exit code', async () => {
  const run = (word: string) => runProcess(process.execPath, ['bin/biome.mjs', word], { cwd: ROOT, env: {} });
  const { code, stdout } = await run('--version');
  expect([code, stdout.trim()]).toEqual([0, `Version: ${VERSION}`]);
  expect((await run('no-such-command')).code).toBe(1);
});

test('says what to install where a Biome is published, with its version', async () => {
  const { code, stderr } = await makeCheckout().run(['bin/biome.mjs', 'check'], { platform: 'darwin', arch: 'arm64' });
  expect([code, stderr]).toEqual([
    1,
    'Biome for darwin-arm64 is not installed. Run "npm ci": it installs @biomejs/cli-darwin-arm64, ' +
      `unless npm is told to omit optional packages. Or set BIOME_BINARY to the path of a Biome ${VERSION}.\n`,
  ]);
});

test('says which variable to set where no Biome is published', () => {
  expect(describeMissingBiome({ platform: 'freebsd', arch: 'x64' })).toBe(
    `There is no Biome on npm for freebsd-x64. To lint here, set BIOME_BINARY to the path of a Biome ${VERSION}.`,
  );
});

test('runs the program that BIOME_BINARY names, and says so when it does not start', async () => {
  const run = (BIOME_BINARY: string) =>
    runProcess(process.execPath, ['bin/biome.mjs', '--version'], { cwd: ROOT, env: { BIOME_BINARY } });
  expect(await run(process.execPath)).toEqual({ code: 0, stdout: `${process.version}\n`, stderr: '' });
  const { code, stderr } = await run('/nowhere/biome');
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^Biome at \/nowhere\/biome does not start: /)]);
});
