// What `explain` and `verify` accept as a capture, and how they refuse other input.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCapture } from '../../../../bin/signet/capture/read-capture.ts';
import { runInProcess } from '../fake-terminal.ts';
import { captureDelimited, captureMessage, JOINED_WAYS, MESSAGE_SECRET, SENT_BODY } from '../hand-signed.ts';
import { temporaryFile } from '../temporary-file.ts';

const [PEELER] = JOINED_WAYS;
if (!PEELER) throw new Error('There is no way to sign.');
const HTTP = captureDelimited(PEELER);
const [HEAD = '', BODY = ''] = HTTP.split('\r\n\r\n');
const LINES = HEAD.split('\r\n');
const withoutLine = (text: string, name: string) => text.replace(new RegExp(`${name}: .*\r?\n`, 'i'), '');

const explain = (capture: string | Uint8Array, words: readonly string[] = []) =>
  runInProcess(['explain', '-', ...words], { stdin: capture, environment: { SIGNET_SECRET: MESSAGE_SECRET } });

const harRequest = (text: string, more = {}) => ({
  method: 'POST',
  url: 'https://relay.example/api/links/fetch?dry=1',
  headers: LINES.slice(1).map((line) => ({ name: line.split(': ')[0], value: line.split(': ')[1] })),
  postData: { mimeType: 'application/json', text, ...more },
});
const harOfHttp2 = (text: string) => {
  const { headers, ...request } = harRequest(text);
  const pseudo = { name: ':authority', value: 'relay.example' };
  return { ...request, headers: [pseudo, ...headers.filter(({ name }) => name !== 'Host')] };
};
const page = { request: { method: 'GET', url: 'https://relay.example/', headers: [{ name: 'Accept', value: '*/*' }] } };

describe('accepts the signature in a capture', () => {
  test.each<[string, string]>([
    ['as it went over the wire', HTTP],
    ['with bare line feeds', HTTP.replaceAll('\r\n', '\n')],
    ['without its request line', HTTP.slice(HTTP.indexOf('\r\n') + 2)],
    ['without its content-length', withoutLine(HTTP, 'content-length')],
    ['with the line break that an editor puts at the end', `${HTTP}\n`],
    ['with that, and without its content-length', `${withoutLine(HTTP, 'content-length')}\n`],
    ['with that, as Windows does', `${withoutLine(HTTP, 'content-length')}\r\n`],
    ['with blank lines before it', `\r\n\n${HTTP}`],
    ['with a byte order mark', `\ufeff${HTTP}`],
    ['with header names in other cases', HTTP.replaceAll(/^[A-Za-z-]+:/gm, (name) => name.toUpperCase())],
    ['with several spaces after the colons', HTTP.replaceAll(/^([A-Za-z-]+): /gm, '$1:   ')],
    ['as a HAR of HTTP/2', JSON.stringify(harOfHttp2(BODY))],
    ['as a HAR', JSON.stringify({ log: { entries: [{ request: harRequest(BODY) }] } })],
    [
      'as a HAR of a page with other requests',
      JSON.stringify({ log: { entries: [page, { request: harRequest(BODY) }, page] } }),
    ],
    ['as one entry of a HAR', JSON.stringify({ request: harRequest(BODY) }, null, 2)],
    ['as one request of a HAR', JSON.stringify(harRequest(BODY))],
    ['as a HAR in base64', JSON.stringify(harRequest(Buffer.from(BODY).toString('base64'), { encoding: 'base64' }))],
  ])('%s', async (_, capture) => {
    const { code, out, err } = await explain(capture);
    expect(out).toContain('The signature holds: link-peeler');
    expect([code, err]).toEqual([0, '']);
  });

  test('printed by curl -v, with the body from a file', async () => {
    const sent = LINES.map((line) => `> ${line}`).join('\n');
    const verbose = `* Connected to relay.example\n${sent}\n> \n* upload completely sent off\n< HTTP/1.1 401 Unauthorized\n< content-type: application/problem+json\n< \n{"code":"signature_invalid"}\n`;
    for (const capture of [verbose, `${sent}\n>\n`]) {
      expect((await explain(capture)).out).toContain('curl -v prints no body. Give it with --body-file.');
      const whole = await explain(capture, ['--body-file', temporaryFile(SENT_BODY)]);
      expect([whole.code, whole.out]).toEqual([0, expect.stringContaining('The signature holds')]);
    }
  });
});

describe('says how it read a capture:', () => {
  test('the entry of a HAR', async () => {
    const { out } = await explain(JSON.stringify({ log: { entries: [page, { request: harRequest(BODY) }] } }));
    expect(out.replaceAll('\n', ' ')).toContain(
      'The HAR has 2 entries. This is entry 2: POST https://relay.example/api/links/fetch?dry=1',
    );
  });

  test('the line break that it left out', async () => {
    const { out } = await explain(`${withoutLine(HTTP, 'content-length')}\n`);
    expect(out).toContain('The line break at the end of the file was left out');
  });

  test('the body that is too short', async () => {
    const { code, out } = await explain(HTTP.slice(0, -5));
    expect(out).toMatch(/content-length says 60 bytes,\s+and\s+the\s+capture\s+has\s+55/);
    expect(code).toBe(1);
  });

  test('the body that is too long, with the reason', async () => {
    const { out } = await explain(`${HEAD}\r\n\r\n${JSON.stringify(JSON.parse(BODY), null, 2)}\n`);
    expect(out).toContain('The body was changed');
    const compact = captureDelimited(PEELER, {
      sentBody: JSON.stringify(JSON.parse(BODY)),
      signedBody: JSON.stringify(JSON.parse(BODY)),
    });
    const changed = compact.replace(/\r\n\r\n.*/, `\r\n\r\n${JSON.stringify(JSON.parse(BODY), null, 2)}\n`);
    expect((await explain(changed)).out).toContain('json_reserialized: ');
  });

  test('keeps a line break that was signed', async () => {
    const kept = withoutLine(
      captureDelimited(PEELER, { sentBody: `${SENT_BODY}\n`, signedBody: `${SENT_BODY}\n` }),
      'content-length',
    );
    expect((await explain(kept)).out).not.toContain('left out');
    expect((await explain(kept)).code).toBe(0);
  });

  test('keeps a target as it was sent', () => {
    const parts = (target: string) => parseCapture(Buffer.from(`GET ${target} HTTP/1.1\nHost: H.example\n\n`));
    expect(parts('/a/../b?c=d?e#f')).toMatchObject({ authority: 'h.example', path: '/a/../b', query: 'c=d?e' });
    expect(parts('//x/y')).toMatchObject({ path: '//x/y', query: '' });
    expect(parts('/%41?')).toMatchObject({ path: '/%41', query: '' });
    expect(parts('https://other.example/z?q')).toMatchObject({ authority: 'h.example', path: '/z', query: 'q' });
    expect(parseCapture(Buffer.from(captureMessage()))).toMatchObject({ path: '/api/links/fetch', query: 'dry=1' });
  });
});

describe('refuses in one line, with exit code 2,', () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /The capture is empty/],
    ['blank lines', ' \r\n\n\t', /The capture is empty/],
    ['bytes of a picture', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]), /is not a header/],
    ['a secret', 'sk_0123456789abcdef', /looks like a secret, not a capture/],
    ['a secret with a line break', 'whsec_0123456789abcdef\n', /looks like a secret, not a capture/],
    ['a secret and a note', 'sk_0123456789abcdef\n\nof nitro\n', /looks like a secret, not a capture/],
    ['a secret without its prefix', '0123456789abcdef\r\n', /looks like a secret, not a capture/],
    ['a megabyte of NUL', new Uint8Array(1_000_000), /is empty/],
    ['5 MB of text', 'a'.repeat(5_000_000), /looks like a secret, not a capture/],
    ['5 MB of JSON', JSON.stringify({ a: 'b'.repeat(5_000_000) }), /not a HAR/],
    ['prose', 'Dear all,\n\nplease look: it fails.\n', /Line 1 of the capture is not a header \(9 characters\)/],
    [
      'a malformed line among headers',
      '\nHost: h\r\n\u001b]0;title\u0007\r\n',
      /Line 3 of the capture is not a header \(10 characters\)/,
    ],
    ['a response', 'HTTP/1.1 401 Unauthorized\r\n\r\n', /This is a response/],
    ['a body alone', SENT_BODY, /not a HAR: it has no list of headers. A capture has headers and a body/],
    ['a list', '[]', /not a HAR/],
    ['a number', '42', /not a capture/],
    ['null', 'null', /not a capture/],
    ['a HAR without entries', '{"log":{"entries":[]}}', /no entries/],
    ['a HAR of nulls', '{"log":{"entries":[null]}}', /not a HAR/],
    ['headers that are a text', '{"headers":"x"}', /not a HAR/],
  ])('%s', async (_, capture, message) => {
    for (const command of ['explain', 'verify']) {
      const words = command === 'verify' ? [command, '-', '--profile', 'nitro'] : [command, '-'];
      const { code, out, err } = await runInProcess(words, { stdin: capture, environment: { SIGNET_SECRET: 'x' } });
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(message);
      expect(err).toMatch(/^signet: [^\n]{1,200}\n$/);
      expect(err).not.toMatch(/0123456|title|Dear/);
    }
  });

  test('reads a HAR whose headers are null or numbers', async () => {
    const { code } = await explain('{"headers":[null,3,{"name":null,"value":7}],"url":5,"postData":[]}');
    expect(code).toBe(1);
  });
});

test('never repeats a secret that is given as the capture or in it', async () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9+/=_-]{12,60}$/);
  const around = fc.constantFrom<readonly [string, string]>(
    ['', ''],
    ['', '\n'],
    ['\n\n', '\r\n'],
    ['Host: h\n', '\n\n{}'],
  );
  await fc.assert(
    fc.asyncProperty(secret, around, async (text, [before, after]) => {
      const { code, out, err } = await explain(before + text + after);
      expect([code, out]).toEqual([2, '']);
      for (let at = 0; at + 12 <= text.length; at += 1) expect(err).not.toContain(text.slice(at, at + 12));
    }),
  );
});

test('ends with an exit code of 0 to 2, whatever bytes a capture has', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((one) => Buffer.from(one)),
    fc.json().map((one) => Buffer.from(one)),
    // A right capture with a few more bytes.
    fc
      .tuple(fc.nat(HTTP.length - 1), fc.uint8Array({ minLength: 1, maxLength: 6 }))
      .map(([at, change]) =>
        Buffer.concat([Buffer.from(HTTP).subarray(0, at), change, Buffer.from(HTTP).subarray(at)]),
      ),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (capture) => {
      const { code, err } = await explain(capture);
      expect([0, 1, 2]).toContain(code);
      expect(err).not.toMatch(/ at .*\d+:\d+/);
    }),
    { numRuns: 300 },
  );
});
