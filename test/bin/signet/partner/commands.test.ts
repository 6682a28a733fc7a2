// The partner's command line: what each command takes, what is said of a wrong line, and the exit codes.
import { describe, expect, test } from 'vitest';
import { PARTNER_COMMANDS } from '../../../../bin/signet/partner/commands.ts';
import { PARTNER_PROGRAM } from '../../../../bin/signet/partner/run.ts';
import { INBOUND_PROFILES, OUTBOUND_PROFILES } from '../../../../lib/protocol/profiles/profiles.ts';
import { parseLine } from '../../../../lib/terminal/parse-line.ts';
import { NOW_MS, runInProcess } from '../fake-terminal.ts';
import { temporaryFile } from '../temporary-file.ts';

const SIGN = ['sign', '--profile', 'nitro', '--key-id', 'k', '--url', 'https://relay.example/a'];
const VERIFY = ['verify', '--profile', 'nitro'];
const environment = { SIGNET_SECRET: 'sk_0123456789' };

describe('reports a wrong line in one sentence, with exit code 2', () => {
  test.each<[string, readonly string[], RegExp]>([
    [
      'no command',
      [],
      /^signet: "signet" needs a command: sign, send, verify, explain\. Run "signet --help" for more\.\n$/,
    ],
    ['an unknown command', ['frob'], /unknown command "frob"\. Run "signet --help" to list the commands/],
    ['a misspelled command', ['verfy'], /unknown command "verfy"\. Did you mean "verify"\?/],
    ['a name of Object.prototype', ['constructor'], /unknown command "constructor"/],
    [
      'an unknown option',
      ['sign', '--xyzzy'],
      /unknown option "--xyzzy"\. Run "signet sign --help" to list the options/,
    ],
    ['a misspelled option', ['sign', '--profil=nitro'], /unknown option "--profil"\. Did you mean "--profile"\?/],
    ['an option of another command', [...VERIFY, 'x', '--url', 'y'], /unknown option "--url"/],
    ['an option without its value', ['sign', '--url'], /--url needs a value: a URL\. Example: --url https:/],
    ['an option in the place of a value', ['sign', '--url', '--json'], /--url needs a value/],
    ['a value for a switch', ['sign', '--json=yes'], /--json takes no value/],
    ['one word too many', [...SIGN, 'x'], /"x" is one word too many\. Usage: signet sign \[options\]/],
    ['no capture', ['explain'], /"signet explain" needs <capture>\. Usage: signet explain <capture> \[options\]/],
    ['two captures', [...VERIFY, 'a', 'b'], /"b" is one word too many/],
    ['no URL', ['sign', '--profile', 'nitro', '--key-id', 'k'], /A URL is needed\. Example: --url https:/],
    ['a value that is not a URL', [...SIGN, '--url', 'relay'], /--url takes a URL, not "relay"/],
    [
      'a URL of another scheme',
      [...SIGN, '--url', 'ftp://relay'],
      /--url takes a URL that begins with https:\/\/ or http:\/\//,
    ],
    ['a URL with a password', [...SIGN, '--url', 'https://u:p@relay'], /--url takes a URL without a user name/],
    ['no key id', ['sign', '--profile', 'nitro', '--url', 'http://h'], /A key id is needed\. Example: --key-id/],
    ['a malformed key id', [...SIGN, '--key-id', 'a b'], /A key id has 1–64 characters/],
    [
      'no profile',
      ['sign', '--key-id', 'k', '--url', 'http://h'],
      /A profile is needed: --profile takes one of rfc9421, /,
    ],
    ['an unknown profile', [...SIGN, '--profile', 'aws'], /--profile takes one of rfc9421, .*, not "aws"/],
    ['a profile of deliveries', [...SIGN, '--profile', 'tolinku'], /--profile takes one of rfc9421, .*, not "tolinku"/],
    [
      'verify without a profile',
      ['verify', 'x'],
      /"signet verify" needs --profile PROFILE: .* Example: --profile vouchersx/,
    ],
    ['verify with a profile of requests', ['verify', 'x', '--profile', 'rfc9421'], /--profile takes one of vouchersx/],
    ['a malformed nonce', [...SIGN, '--nonce', 'short'], /nonce/],
    ['a malformed method', [...SIGN, '--method', 'GE T'], /--method takes a method such as GET or POST, not "GE T"/],
    ['a time in a word', [...SIGN, '--at', 'yesterday'], /--at takes epoch seconds/],
    ['the beginning of the epoch', [...SIGN, '--at', '1970-01-01T00:00:00Z'], /not a time/],
    ['a time of one digit', [...SIGN, '--at', '5'], /--at takes epoch seconds/],
    ['a time of eleven digits', [...SIGN, '--at', '18000000000'], /--at takes epoch seconds/],
    ['a time in words', [...SIGN, '--at', 'Jan 15 2027'], /--at takes epoch seconds/],
    ['a month that does not exist', [...SIGN, '--at', '2027-13-15T08:00:00Z'], /--at takes epoch seconds/],
    ['a time without its zone', [...SIGN, '--at', '2027-01-15T08:00:00'], /--at takes epoch seconds/],
    ['a GET with a body', [...SIGN, '--method', 'get', '--body', '{}'], /A GET request has no body/],
    [
      'a HEAD with a body',
      ['send', ...SIGN.slice(1), '--method', 'HEAD', '--body', '{}'],
      /A HEAD request has no body/,
    ],
    [
      'two keys',
      ['explain', 'x', '--public-key', 'a', '--secret-file', 'b'],
      /--public-key or --secret-file, not both/,
    ],
    ['an unknown form', [...SIGN, '--as', 'xml'], /--as takes one of headers, curl, http, not "xml"/],
    ['a form of Object.prototype', [...SIGN, '--as', 'toString'], /--as takes one of/],
    ['two bodies', [...SIGN, '--body', 'a', '--body-file', 'b'], /--body or --body-file, not both/],
    ['a file that does not exist', [...SIGN, '--body-file', '/nowhere/b'], /\/nowhere\/b cannot be read: ENOENT/],
    ['a folder', ['explain', '/'], /\/ cannot be read: EISDIR/],
    ['a private key for an HMAC', [...SIGN, '--private-key', 'k.pem'], /--private-key needs --profile rfc9421/],
    ['a timeout of zero', ['send', ...SIGN.slice(1), '--timeout', '0'], /--timeout takes seconds, such as 30 or 0\.5/],
    ['standard input twice', ['explain', '-', '--body-file', '-'], /the capture or its body, not both/],
  ])('%s', async (_, words, message) => {
    const { code, out, err } = await runInProcess(words, { environment });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err).toMatch(/^signet: [^\n]+\n$/);
  });

  test.each(['--secret', '--secret=sk_0123456789', '--password=sk_0123456789', '--token=sk_0123456789'])(
    'a secret on the command line (%s), which it does not repeat',
    async (word) => {
      const { code, err } = await runInProcess([...SIGN, word]);
      expect([code, err]).toEqual([2, expect.stringContaining('Use --secret-file, SIGNET_SECRET or the prompt.')]);
      expect(err).not.toContain('sk_0123456789');
    },
  );

  test('an unknown option, whose value it does not repeat', async () => {
    const { err } = await runInProcess([...SIGN, '--secrett=sk_0123456789']);
    expect(err).toMatch(/^signet: unknown option "--secrett"\. /);
    expect(err).not.toContain('sk_0123456789');
  });

  test('a file that is not a local.json, and a key that is not in it', async () => {
    const from = (json: unknown) => ['--from', temporaryFile(JSON.stringify(json))];
    const keyed = ['sign', '--url', '/a', '--key-id', 'k'];
    for (const json of [null, [], {}, { baseUrl: 'http://h' }, 'x'])
      expect((await runInProcess([...keyed, ...from(json)])).err).toContain('is not the local.json of a running');
    const state = { baseUrl: 'http://h', keys: [{ keyId: 'demo-nitro' }, null] };
    expect(await runInProcess([...keyed, ...from(state)])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--key-id takes a key of .*: demo-nitro/),
    });
  });
});

test('uses the last value of an option that is given twice, so that an alias can be overridden', async () => {
  const { out } = await runInProcess([...SIGN, '--url', 'https://other.example/b'], { environment });
  expect(out).toMatch(/^GET https:\/\/other\.example\/b\n/);
});

test('lists the profiles of each direction in the help of the commands that take them', async () => {
  const help = async (command: string) => (await runInProcess([command, '--help'])).out.replaceAll(/\s+/g, ' ');
  for (const command of ['sign', 'send']) expect(await help(command)).toContain(INBOUND_PROFILES.join(', '));
  expect(await help('verify')).toContain(OUTBOUND_PROFILES.join(', '));
});

describe('reads', () => {
  const optionsOf = (words: readonly string[]) => {
    const line = parseLine(PARTNER_PROGRAM, words, { columns: 80, nowMs: NOW_MS });
    return line.kind === 'run' && line.options;
  };

  test.each(['1800000000', '1800000000000', '2027-01-15T08:00:00Z', '2027-01-15T09:00:00+01:00'])(
    'the time %s as milliseconds',
    (text) => expect(optionsOf(['sign', '--at', text])).toEqual({ at: NOW_MS }),
  );

  test.each([
    ['0.5', 500],
    ['90', 90_000],
  ])('a timeout of %s seconds as %i milliseconds', (text, timeout) =>
    expect(optionsOf(['send', '--timeout', text])).toEqual({ timeout }),
  );

  test('an empty body, and a nonce that begins with a dash', () => {
    expect(optionsOf(['sign', '--body=', '--nonce=-abc'])).toEqual({ body: '', nonce: '-abc' });
  });

  test.each(PARTNER_COMMANDS.flatMap(({ examples }) => examples))('the example: %s', (example) => {
    expect(optionsOf(example.split(' ').slice(1))).not.toBe(false);
  });
});
