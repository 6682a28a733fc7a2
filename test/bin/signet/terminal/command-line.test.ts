// The words of `signet`: what each command takes, what is said of the rest, and the exit codes.
import { describe, expect, test } from 'vitest';
import { COMMANDS, parseMoment, parseTimeout } from '../../../../bin/signet/terminal/command-line.ts';
import { INBOUND_PROFILES, OUTBOUND_PROFILES } from '../../../../lib/protocol/profiles/profiles.ts';
import { NOW_MS, runInProcess } from '../fake-terminal.ts';
import { temporaryFile } from '../temporary-file.ts';

const SIGN = ['sign', '--profile', 'nitro', '--key-id', 'k', '--url', 'https://relay.example/a'];
const environment = { SIGNET_SECRET: 'sk_0123456789' };

describe('what is wrong is said in one line, with exit code 2', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['nothing', [], /^signet: Say what to do: sign, send, verify, explain\. See signet --help\.\n$/],
    ['an unknown command', ['frob'], /Say what to do/],
    ['a name of Object.prototype', ['constructor'], /Say what to do/],
    ['an unknown option', ['sign', '--frob'], /Unknown option '--frob'/],
    ['an option of another command', ['verify', 'x', '--url', 'y'], /signet verify has no --url/],
    ['an option without its value', ['sign', '--url'], /--url/],
    ['a value that a switch does not take', ['sign', '--json=yes'], /--json/],
    ['a word too many', [...SIGN, 'x'], /signet sign takes options only/],
    ['no capture', ['explain'], /signet explain <capture>: name one file, or - for standard input/],
    ['two captures', ['verify', 'a', 'b'], /name one file/],
    ['no URL', ['sign', '--profile', 'nitro', '--key-id', 'k'], /Say where to: --url/],
    ['a URL that is none', [...SIGN, '--url', 'relay'], /--url is no URL: relay/],
    ['a URL of another kind', [...SIGN, '--url', 'ftp://relay'], /--url begins with https:\/\/ or http:\/\//],
    ['a URL with a password', [...SIGN, '--url', 'https://u:p@relay'], /--url has a user name or a password/],
    ['no key id', ['sign', '--profile', 'nitro', '--url', 'http://h'], /Say which key signs: --key-id/],
    ['a key id that is none', [...SIGN, '--key-id', 'a b'], /A key id has 1–64 characters/],
    ['no profile', ['sign', '--key-id', 'k', '--url', 'http://h'], /Say how it signs: --profile rfc9421 \| /],
    ['a profile that is none', [...SIGN, '--profile', 'aws'], /The profile aws is not there\. Requests have/],
    ['a profile of deliveries', [...SIGN, '--profile', 'tolinku'], /The profile tolinku is for deliveries/],
    ['verify without a profile', ['verify', 'x'], /Say how it is signed: --profile vouchersx \| /],
    ['a nonce that is none', [...SIGN, '--nonce', 'short'], /nonce/],
    ['a method that is none', [...SIGN, '--method', 'GE T'], /--method is a word/],
    ['a time that is none', [...SIGN, '--at', 'yesterday'], /--at takes seconds/],
    ['a time before there was one', [...SIGN, '--at', '1970-01-01T00:00:00Z'], /is not a time/],
    ['a time of one digit', [...SIGN, '--at', '5'], /--at takes seconds/],
    ['a time of eleven digits', [...SIGN, '--at', '18000000000'], /--at takes seconds/],
    ['a time in words', [...SIGN, '--at', 'Jan 15 2027'], /--at takes seconds/],
    ['a day that is none', [...SIGN, '--at', '2027-13-15T08:00:00Z'], /--at takes seconds/],
    ['a time without its zone', [...SIGN, '--at', '2027-01-15T08:00:00'], /--at takes seconds/],
    ['a GET with a body', [...SIGN, '--method', 'get', '--body', '{}'], /A GET has no body/],
    ['a HEAD with a body', ['send', ...SIGN.slice(1), '--method', 'HEAD', '--body', '{}'], /A HEAD has no body/],
    [
      'two keys',
      ['explain', 'x', '--public-key', 'a', '--secret-file', 'b'],
      /--public-key or --secret-file, not both/,
    ],
    ['another form', [...SIGN, '--as', 'xml'], /--as is one of headers, curl, http/],
    ['a form of Object.prototype', [...SIGN, '--as', 'toString'], /--as is one of/],
    ['two bodies', [...SIGN, '--body', 'a', '--body-file', 'b'], /--body or --body-file, not both/],
    ['a file that is not there', [...SIGN, '--body-file', '/nowhere/b'], /\/nowhere\/b cannot be read: ENOENT/],
    ['a folder', ['explain', '/'], /\/ cannot be read: EISDIR/],
    ['a private key for an HMAC', [...SIGN, '--private-key', 'k.pem'], /--private-key is for --profile rfc9421/],
    ['a timeout that is none', ['send', ...SIGN.slice(1), '--timeout', '0'], /--timeout takes seconds/],
    ['standard input twice', ['explain', '-', '--body-file', '-'], /either the capture or its body/],
  ])('%s', async (_, words, message) => {
    const { code, out, err } = await runInProcess(words, { environment });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err).toMatch(/^signet: [^\n]+\n$/);
  });

  test.each(['--secret', '--secret=sk_0123456789', '--password=sk_0123456789', '--token=sk_0123456789'])(
    'a secret on the command line (%s) is not repeated',
    async (word) => {
      const { code, err } = await runInProcess([...SIGN, word]);
      expect([code, err]).toEqual([2, expect.stringContaining('Use --secret-file, SIGNET_SECRET or the prompt.')]);
      expect(err).not.toContain('sk_0123456789');
    },
  );

  test('a local.json that is none, and a key that is not in it', async () => {
    const from = (json: unknown) => ['--from', temporaryFile(JSON.stringify(json))];
    const keyed = ['sign', '--url', '/a', '--key-id', 'k'];
    for (const json of [null, [], {}, { baseUrl: 'http://h' }, 'x'])
      expect((await runInProcess([...keyed, ...from(json)])).err).toContain('is not the local.json of a running');
    const state = { baseUrl: 'http://h', keys: [{ keyId: 'demo-nitro' }, null] };
    expect(await runInProcess([...keyed, ...from(state)])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--key-id is one of demo-nitro'),
    });
  });
});

describe('--help', () => {
  test.each([['--help'], ['-h'], ['help'], ['sign', '--help'], ['explain', '-h']])('%s %s', async (...words) => {
    const { code, out, err } = await runInProcess(words.filter(Boolean));
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^Signs and explains/);
  });

  test('lists every command, option, profile and exit code, in eighty columns', async () => {
    const { out } = await runInProcess(['--help']);
    for (const { usage, options } of Object.values(COMMANDS)) {
      expect(out).toContain(`signet ${usage}`);
      for (const option of options) expect(out).toMatch(new RegExp(`^ {2}--${option}\\b`, 'm'));
    }
    for (const profile of [...INBOUND_PROFILES, ...OUTBOUND_PROFILES]) expect(out).toContain(profile);
    expect(out).toMatch(/Exit: 0 [^\n]* 1 [^\n]* 2 [^\n]*\n +3 [^\n]* 70 /);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

test('a time is taken as seconds, milliseconds or RFC 3339', () => {
  for (const text of ['1800000000', '1800000000000', '2027-01-15T08:00:00Z', '2027-01-15T09:00:00+01:00'])
    expect(parseMoment(text)).toBe(NOW_MS);
  expect(parseMoment(undefined)).toBeUndefined();
});

test('a timeout is taken in seconds', () => {
  expect([parseTimeout(), parseTimeout('0.5'), parseTimeout('90')]).toEqual([30_000, 500, 90_000]);
});
