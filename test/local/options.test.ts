// The command line of `npm start`, and what it says of a wrong one.
import { expect, test } from 'vitest';
import { parseCommandLine, USAGE } from '../../lib/local/options.ts';
import { OUTBOUND_PROFILES } from '../../lib/protocol/profiles/profiles.ts';

const ALL_FIVE = OUTBOUND_PROFILES.map((profile) => ({ profile, url: `https://example.com/hooks/${profile}?a=1` }));

test.each([
  [[], { once: false, port: 'usual', dataDir: '.signet', webhooks: [] }],
  [['--once', '--port', '0'], { once: true, port: 'any', dataDir: '.signet', webhooks: [] }],
  [['--port=9000', '--data-dir', './there/'], { once: false, port: 9000, dataDir: './there/', webhooks: [] }],
  [['--jobs-per-month', '50'], { once: false, port: 'usual', dataDir: '.signet', webhooks: [], jobsPerMonth: 50 }],
])('takes %j', (argv, options) => {
  expect(parseCommandLine(argv)).toEqual({ kind: 'run', options });
});

test('takes one --webhook for each outbound profile, in the order given', () => {
  expect(ALL_FIVE).toHaveLength(5);
  const argv = ALL_FIVE.map(({ profile, url }) => `--webhook=${profile}=${url}`);
  expect(parseCommandLine(argv)).toMatchObject({ kind: 'run', options: { webhooks: ALL_FIVE } });
});

test('writes the URL of a --webhook as it will be requested', () => {
  expect(parseCommandLine(['--webhook', 'nitro=HTTP://LocalHost:80/a b\n'])).toMatchObject({
    options: { webhooks: [{ profile: 'nitro', url: 'http://localhost/a%20b' }] },
  });
});

test('the help names every outbound profile', () => {
  for (const profile of OUTBOUND_PROFILES) expect(USAGE).toMatch(new RegExp(`Profiles:.* ${profile}(,|$)`));
});

test('asks for help in two ways', () => {
  expect(parseCommandLine(['--help'])).toEqual({ kind: 'help' });
  expect(parseCommandLine(['-h'])).toEqual({ kind: 'help' });
});

test.each([
  'http://127.0.0.1:9000/hook',
  'http://127.255.255.254/',
  'http://localhost:9000/',
  'https://8.8.8.8:9001/',
  'https://example.com:9001/',
])('takes %s, which a delivery may go to', (url) => {
  expect(parseCommandLine([`--webhook=nitro=${url}`])).toMatchObject({ options: { webhooks: [{ url }] } });
});

/** What a delivery would be refused, said at once. */
const closedWebhook = (url: string, why: string): [string[], string] => [
  [`--webhook=nitro=${url}`],
  `--webhook takes a URL on this machine (127.0.0.0/8) or on the public internet: ${why}.`,
];

const refusedWebhook = (text: string): [string[], string] => [
  ['--webhook', text],
  `--webhook takes PROFILE=URL, as in nitro=http://127.0.0.1:9000/hook, not '${text}'.`,
];

test.each([
  [['--port', '65536'], "--port takes a number from 0 to 65535, not '65536'."],
  [['--port', 'http'], "--port takes a number from 0 to 65535, not 'http'."],
  [['--port='], "--port takes a number from 0 to 65535, not ''."],
  [['--port', '--once'], "Option '--port' argument is ambiguous."],
  [['--port'], "Option '--port <value>' argument missing."],
  ...['', '0', '-1', '1.5', '1e3', '1000000000', 'all'].map((text): [string[], string] => [
    [`--jobs-per-month=${text}`],
    `--jobs-per-month takes a number from 1, not '${text}'.`,
  ]),
  [['--data-dir='], '--data-dir takes the name of a directory.'],
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
  [['--webhook'], "Option '--webhook <value>' argument missing."],
  [['--webhook', '--once'], "Option '--webhook' argument is ambiguous."],
  [['--twice'], "Unknown option '--twice'."],
  [['now'], "Unexpected argument 'now'."],
])('refuses %j in one sentence', (argv, reason) => {
  expect(parseCommandLine(argv)).toEqual({ kind: 'refused', reason });
});
