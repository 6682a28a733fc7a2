// The packed package in an empty project: its contents, its client and command, and a partner's program against `npm start`.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SUSPICIONS } from '../../../lib/protocol/diagnosis/suspicions.ts';
import { PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { type Laptop, makeDataDir, makeWarmDataDir, ROOT, startLaptop, until } from '../../support/laptop/laptop.ts';
import { submission } from '../../support/laptop/requests.ts';
import { secretTextsOf } from '../../support/laptop/secret-texts.ts';
import { compile, guideWords, installInto, OWN_NODE, pack, type Ran, run } from './scratch-project.ts';

const folder = makeDataDir();
const dataDir = makeWarmDataDir();
/** The project and the checkout lie next to each other, as in the partner's guide. */
const project = join(folder.path, 'project');
const checkout = join(folder.path, 'signet-relay');
const installed = join(project, 'node_modules/signet-relay');
let laptop: Laptop;
let tarballs: readonly string[];
let install: Ran;

const signet = (words: readonly string[], env = {}) =>
  run(OWN_NODE, [join(project, 'node_modules/.bin/signet'), ...words], { cwd: project, env });

async function packAndInstall(): Promise<void> {
  mkdirSync(project);
  mkdirSync(checkout);
  symlinkSync(dataDir.path, join(checkout, '.signet'));
  tarballs = await Promise.all(['signet-relay/dist', 'again'].map((name) => pack(join(folder.path, name))));
  install = await installInto(project);
}

beforeAll(async () => {
  const port = await freePort();
  const [, , , ...given] = guideWords('npm start -- --webhook standard-webhooks');
  const words = given.map((word) => word.replace(':9000/', `:${port}/`));
  expect(words).toEqual(['--webhook', expect.stringContaining(`:${port}/hook`)]);
  [laptop] = await Promise.all([startLaptop(dataDir.path, words), packAndInstall()]);
}, 90_000);

afterAll(async () => {
  await laptop?.interrupt();
  folder.remove();
  dataDir.remove();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const files = () =>
  readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** A long time-out, because half a dozen concurrent processes are slow on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

describe('the package', () => {
  test('installs offline and without dependencies into an empty project', () => {
    expect(install).toMatchObject({ code: 0, stdout: expect.stringContaining('added 1 package') });
    expect(readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'signet-relay',
    ]);
  });

  test('has the same bytes when it is packed again', () => {
    const [first, second] = tarballs.map((path) => createHash('sha256').update(readFileSync(path)).digest('hex'));
    expect(first).toBe(second);
  });

  test('contains compiled code, types and documents, and nothing else', () => {
    const names = files().map((path) => path.slice(installed.length + 1));
    const others = names.filter(
      (name) => !/^types\/(api|client|protocol)\/([a-z0-9-]+\/)?[a-z0-9-]+\.d\.ts$/.test(name),
    );
    expect(others.sort()).toEqual([
      'LICENSE.commander',
      'LICENSE.structured-headers',
      'README.md',
      'client.js',
      'package.json',
      'signet.js',
    ]);
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('scripts');
  });

  test('names no local folder and no source map, and imports only Node’s modules', () => {
    for (const path of files()) {
      const text = readFileSync(path, 'utf8');
      expect(text).not.toContain(ROOT);
      expect(text).not.toContain(folder.path);
      expect(text).not.toContain('sourceMappingURL');
      const imports = [...text.matchAll(/\bfrom\s*["']([\w@][\w@./:-]*)["']/g)].map(([, name]) => name);
      if (!path.endsWith('.md')) expect(imports.filter((name) => !name?.startsWith('node:'))).toEqual([]);
    }
  });

  test('has a command without the parts for operators and AWS', async () => {
    const text = readFileSync(join(installed, 'signet.js'), 'utf8');
    for (const word of ['aws-sdk', 'DynamoDB', 'account create']) expect(text).not.toContain(word);
    expect(gzipSync(text).length).toBeLessThan(45_000);
    expect(await signet(['account', 'list'])).toMatchObject({
      code: 2,
      stderr: 'signet: unknown command "account". Run "signet --help" to list the commands.\n',
    });
  });

  // Readable class names and short lines cost 1.5 KB of this.
  test('has a client of less than 13.5 KB, compressed', () => {
    expect(gzipSync(readFileSync(join(installed, 'client.js'))).length).toBeLessThan(13_500);
  });

  test.each([
    ['RelayError', "import { RelayClient } from 'signet-relay/client';", 'await client.checkAuth();'],
    [
      'DeliveryRefused',
      "import { RelayClient, verifyDelivery } from 'signet-relay/client';",
      "verifyDelivery({ profile: 'nitro', secret: 's', headers: {}, body: '' });",
    ],
  ])('prints an uncaught %s by its name and in few lines', async (name, imports, fail) => {
    const options = { baseUrl: 'http://127.0.0.1:1', profile: 'nitro', keyId: 'acme', secret: 's' };
    const code = `${imports}\nconst client = new RelayClient(${JSON.stringify(options)});\n${fail}`;
    const ran = await run(OWN_NODE, ['--input-type=module', '-e', code], { cwd: project });
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(new RegExp(`^${name}\\b`, 'm')) });
    expect(ran.stderr.length).toBeLessThan(3_000);
    expect(ran.stderr).not.toMatch(/^\w{1,2} (?:\[|\{)/m);
  });

  test('can be loaded by the machine’s Node, from a module and from CommonJS', async () => {
    const say = "console.log('RelayClient' in client && 'verifyDelivery' in client)";
    const evaluate = (type: string, code: string) =>
      run(OWN_NODE, [`--input-type=${type}`, '-e', code], { cwd: project });
    const dynamic = `import('signet-relay/client').then((client) => ${say})`;
    const results = await Promise.all([
      evaluate('module', `import * as client from 'signet-relay/client'; ${say}`),
      evaluate('commonjs', dynamic),
      evaluate(
        'commonjs',
        `if (process.features.require_module) { const client = require('signet-relay/client'); ${say} } else ${dynamic}`,
      ),
    ]);
    expect(results.map(({ stdout }) => stdout)).toEqual(['true\n', 'true\n', 'true\n']);
  });

  test('installs the command, which npx finds', async () => {
    const { code, stdout } = await run('npx', ['--offline', 'signet', '--help'], { cwd: project });
    expect([code, stdout]).toEqual([0, expect.stringContaining('  explain <capture>')]);
  });

  test('is not made by npm pack, which names the right command', async () => {
    const { code, stderr } = await run('npm', ['pack', '--dry-run'], { cwd: ROOT });
    expect([code, stderr]).toEqual([1, expect.stringContaining('Use npm run pack')]);
  });
});

test('lets a program of less than thirty lines submit a job, wait for its result and verify its delivery', async () => {
  const source = join(ROOT, 'test/e2e/package/scratch-partner.ts');
  expect(readFileSync(source, 'utf8').trimEnd().split('\n').length).toBeLessThan(30);
  for (const name of ['partner.mts', 'partner.mjs']) copyFileSync(source, join(project, name));
  const [nodenext, bundler] = await Promise.all([
    compile(project, 'partner.mts', ['--module', 'nodenext', '--noEmit']),
    compile(project, 'partner.mts', [
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
      '--noEmit',
      '--skipLibCheck',
      'true',
    ]),
  ]);
  expect([nodenext.stdout, bundler.stdout]).toEqual(['', '']);
  const [node, ...words] = guideWords('node partner.mjs ');
  expect(node).toBe('node');
  const ran = await run(OWN_NODE, words, { cwd: project });
  const [, jobId] = /^ended: completed (\S+)$/m.exec(ran.stdout) ?? [];
  expect(ran).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining(`delivered: link.resolved ${jobId}\n`),
  });
});

describe('the packed command against the relay', () => {
  const from = () => ['--from', join(laptop.dataDir, 'local.json')];
  const check = (keyId: string, words: readonly string[] = []) =>
    signet(['send', ...from(), '--key-id', keyId, '--url', '/api/auth/check', '--body', '{}', ...words]);

  const answerIn = (stdout: string) => JSON.parse(JSON.parse(stdout).answer.body);

  test('sends requests that the relay accepts, with a key of each profile', async () => {
    const ran = await Promise.all(laptop.state.keys.map(({ keyId }) => check(keyId, ['--json'])));
    const answers = ran.map(({ stdout }) => answerIn(stdout));
    expect(answers.map(({ keyId, profile }) => ({ keyId, profile }))).toEqual(
      laptop.state.keys.map(({ keyId, profile }) => ({ keyId, profile })),
    );
    const inbound = Object.entries(PROFILES).filter(([, row]) => (row.directions as readonly string[]).includes('in'));
    expect(new Set(answers.map(({ profile }) => profile))).toEqual(new Set(inbound.map(([id]) => id)));
    for (const text of secretTextsOf(laptop.state)) expect(JSON.stringify(ran)).not.toContain(text);
  });

  test('names the mistake when a key is used wrongly', async () => {
    const key = laptop.state.keys.find(({ profile }) => profile === 'nitro');
    const bare = join(folder.path, 'bare-secret');
    writeFileSync(bare, String(key?.secret).replace('sk_', ''), { mode: 0o600 });
    const { code, stdout } = await check('demo-nitro', ['--secret-file', bare]);
    expect([code, stdout]).toEqual([1, expect.stringContaining('suspicion: secret_without_prefix')]);
    expect(stdout.replaceAll('\n', ' ')).toContain(SUSPICIONS.secret_without_prefix);
  });

  test('verifies and explains a job’s delivery, and rejects one with a changed body', async () => {
    const body = submission('package-delivery', laptop.state.demoSite);
    const words = ['--key-id', 'demo-daylight', '--url', '/api/links/fetch', '--body', body, '--json'];
    const sent = await signet(['send', ...from(), ...words]);
    const { jobId } = answerIn(sent.stdout);
    const { url, secret } = laptop.state.webhook;
    const delivery = await until('the delivery', async () => {
      const received = (await (await fetch(url)).json()) as { headers: Record<string, string>; body: string }[];
      return received.find((request) => request.body.includes(jobId));
    });
    const head = Object.entries(delivery.headers).map(([name, value]) => `${name}: ${value}\n`);
    const [good, bad] = ['good', 'bad'].map((name) => join(project, `${name}.txt`)) as [string, string];
    writeFileSync(good, `${head.join('')}\n${delivery.body}`);
    writeFileSync(bad, `${head.join('')}\n${JSON.stringify(JSON.parse(delivery.body), null, 2)}`);
    const env = { SIGNET_SECRET: secret };
    const verify = (file: string) => signet(['verify', file, '--profile', 'standard-webhooks'], env);
    expect(await verify(good)).toMatchObject({ code: 0, stdout: expect.stringContaining('Genuine, and fresh') });
    expect(await signet(['explain', good], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The signature holds: standard-webhooks.'),
    });
    expect((await verify(bad)).code).toBe(1);
    expect(await signet(['explain', bad], env)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('json_reserialized: '),
    });
  });
});
