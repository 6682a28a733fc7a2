// The command line of `npm start`: what it accepts, and what it says of a wrong one.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type LaptopOptions, NPM_START, readLaptopOptions } from '../../lib/local/options.ts';
import { OUTBOUND_PROFILES } from '../../lib/protocol/profiles/profiles.ts';
import { EXITS } from '../../lib/terminal/exits.ts';
import { parseLine } from '../../lib/terminal/parse-line.ts';

function read(argv: readonly string[]): LaptopOptions {
  const line = parseLine(NPM_START, argv, { columns: 80, nowMs: 0 });
  if (line.kind === 'help') throw new Error(line.text);
  return readLaptopOptions(line.options);
}

const ALL_FIVE = OUTBOUND_PROFILES.map((profile) => ({ profile, url: `https://example.com/hooks/${profile}?a=1` }));

test.each([
  [[], { once: false, port: 'usual', dataDir: '.signet', webhooks: [] }],
  [['--once', '--port', '0'], { once: true, port: 'any', dataDir: '.signet', webhooks: [] }],
  [['--port=9000', '--data-dir', './there/'], { once: false, port: 9000, dataDir: './there/', webhooks: [] }],
  [['--jobs-per-month', '50'], { once: false, port: 'usual', dataDir: '.signet', webhooks: [], jobsPerMonth: 50 }],
])('accepts %j', (argv, options) => {
  expect(read(argv)).toEqual(options);
});

test('accepts one --webhook for each outbound profile, in the given order', () => {
  expect(ALL_FIVE).toHaveLength(5);
  const argv = ALL_FIVE.map(({ profile, url }) => `--webhook=${profile}=${url}`);
  expect(read(argv)).toMatchObject({ webhooks: ALL_FIVE });
});

test('normalizes the URL of a --webhook as it will be requested', () => {
  expect(read(['--webhook', 'nitro=HTTP://LocalHost:80/a b\n'])).toMatchObject({
    webhooks: [{ profile: 'nitro', url: 'http://localhost/a%20b' }],
  });
});

test('names every outbound profile in its help', () => {
  const line = parseLine(NPM_START, ['--help'], { columns: 80, nowMs: 0 });
  expect(line.kind === 'help' && line.text.replaceAll(/\s+/g, ' ')).toContain(OUTBOUND_PROFILES.join(', '));
});

test.each([
  'http://127.0.0.1:9000/hook',
  'http://127.255.255.254/',
  'http://localhost:9000/',
  'https://8.8.8.8:9001/',
  'https://example.com:9001/',
])('accepts %s, to which a delivery can go', (url) => {
  expect(read([`--webhook=nitro=${url}`])).toMatchObject({ webhooks: [{ url }] });
});

/** A delivery to this URL would be refused, so the option is refused at once. */
const closedWebhook = (url: string, why: string): [string[], string] => [
  [`--webhook=nitro=${url}`],
  `--webhook takes a URL on this machine (127.0.0.0/8) or on the public internet: ${why}.`,
];

const refusedWebhook = (text: string): [string[], string] => [
  [`--webhook=${text}`],
  `--webhook takes PROFILE=URL, as in nitro=http://127.0.0.1:9000/hook, not '${text}'.`,
];

const wrongPort = (text: string): [string[], string] => [
  [`--port=${text}`],
  `--port takes a number from 0 to 65535, not "${text}". Example: --port 9000`,
];

const noWebhook = '--webhook needs a value: PROFILE=URL. Example: --webhook nitro=http://127.0.0.1:9000/hook';
const noPort = '--port needs a value: a number from 0 to 65535. Example: --port 9000';

test.each([
  ...['65536', 'http', ''].map(wrongPort),
  [['--port', '--once'], noPort],
  [['--port'], noPort],
  ...['', '0', '-1', '1.5', '1e3', '1000000000', 'all'].map((text): [string[], string] => [
    [`--jobs-per-month=${text}`],
    `--jobs-per-month takes a number from 1, not "${text}". Example: --jobs-per-month 50`,
  ]),
  [['--data-dir='], '--data-dir takes the name of a directory, not "". Example: --data-dir ./relay'],
  ...['', 'nitro', 'nitro=', '=https://example.com', 'nitro:https://example.com', 'https://example.com'].map(
    refusedWebhook,
  ),
  ...['unknown', 'Nitro', 'rfc9421', 'link-peeler', 'toString'].map((id) =>
    refusedWebhook(`${id}=https://example.com`),
  ),
  ...['hook', '//example.com', 'ftp://example.com', 'https://', 'https://a:99999', 'javascript:0', ' https://a'].map(
    (url) => refusedWebhook(`nitro=${url}`),
  ),
  ...['127.0.0.1', '127.9.9.9', '2130706433', 'localhost', 'LOCALHOST', 'hooks.localhost', 'localhost.'].map((host) =>
    closedWebhook(`http://${host}:9001/hook`, 'port 9001 of this machine is never allowed'),
  ),
  closedWebhook('https://192.168.1.5/hook', '192.168.1.5 is private, not global unicast'),
  closedWebhook('http://10.0.0.1', '10.0.0.1 is private, not global unicast'),
  closedWebhook('http://0.0.0.0:9000', '0.0.0.0 is unspecified, not global unicast'),
  closedWebhook('http://[::1]:9000', '::1 is loopback, not global unicast'),
  closedWebhook('http://[fd00::1]/hook', 'fd00::1 is uniqueLocal, not global unicast'),
  closedWebhook('http://169.254.169.254/latest', '169.254.169.254 is never allowed'),
  closedWebhook('http://169.254.169.254:9001/latest', '169.254.169.254 is never allowed'),
  [['--webhook', 'nitro=https://me:word@example.com'], '--webhook takes a URL without a user name or password.'],
  [['--webhook', 'nitro=https://me@example.com'], '--webhook takes a URL without a user name or password.'],
  [
    ['--webhook', 'nitro=https://a.example', '--webhook', 'nitro=https://b.example'],
    '--webhook takes one URL for each profile.',
  ],
  [['--webhook'], noWebhook],
  [['--webhook', '--once'], noWebhook],
  [['--twice'], 'unknown option "--twice". Run "npm start -- --help" to list the options.'],
  [['--onec'], 'unknown option "--onec". Did you mean "--once"?'],
  [['now'], '"now" is one word too many. Usage: npm start -- [options]'],
])('refuses %j in one sentence', (argv, message) => {
  expect(() => read(argv)).toThrow(expect.objectContaining({ exit: 'usage', message }));
});

test('prints its version, and refuses a wrong option with exit code 2, as a process', async () => {
  const main = join(import.meta.dirname, '../../lib/local/main.ts');
  const run = (word: string) => promisify(execFile)(process.execPath, [main, word]);
  expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  await expect(run('--onec')).rejects.toMatchObject({
    code: EXITS.usage.code,
    stdout: '',
    stderr: 'npm start: unknown option "--onec". Did you mean "--once"?\n',
  });
});
