// Captures as people make them: the output of a real curl, pasted text, and requests with other text around them.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCapture } from '../../../../bin/signet/capture/read-capture.ts';
import { serveHttp } from '../../../support/local-server.ts';
import { runInProcess } from '../fake-terminal.ts';
import { captureDelimited, captureMessage, JOINED_WAYS, MESSAGE_SECRET, SENT_BODY } from '../hand-signed.ts';
import { temporaryFile } from '../temporary-file.ts';

const environment = { SIGNET_SECRET: MESSAGE_SECRET };
const explain = (capture: string | Uint8Array, words: readonly string[] = []) =>
  runInProcess(['explain', '-', ...words], { stdin: capture, environment });
const NITRO = captureDelimited(JOINED_WAYS.find(({ name }) => name === 'nitro in') as never);
const MESSAGE = captureMessage();
const parse = (text: string) => parseCapture(Buffer.from(text));

const hasCurl = await promisify(execFile)('curl', ['--version']).then(
  () => true,
  () => false,
);

describe.skipIf(!hasCurl)(`reads the output of a real curl -v${hasCurl ? '' : ' (skipped: it needs curl)'}`, () => {
  const bodyFile = () => ['--body-file', temporaryFile(SENT_BODY)];

  /** Runs the output of `sign --as curl` with -v, and returns it with all that curl printed. */
  async function runCurl(words: readonly string[], redirect = '2>&1'): Promise<{ command: string; printed: string }> {
    await using server = await serveHttp((request, response) => request.resume().on('end', () => response.end('hi\n')));
    const key = ['--profile', 'rfc9421', '--key-id', 'p1', '--url', `${server.origin}/a?b=1`];
    const { out: command } = await runInProcess(['sign', '--as', 'curl', ...key, ...words], { environment });
    const line = `${command.trim()} -v ${redirect}`;
    const { stdout } = await promisify(execFile)('bash', ['-c', line], { timeout: 15_000 });
    return { command, printed: stdout };
  }

  test.each([
    ['with its answer', '2>&1'],
    ['with its progress meter, when the answer goes elsewhere', '2>&1 >/dev/null'],
  ])('%s', async (_, redirect) => {
    const { command, printed } = await runCurl(bodyFile(), redirect);
    for (const capture of [printed, `$ ${command}${printed}`, printed.replaceAll('\n', '\r\n')]) {
      const { code, out, err } = await explain(capture, bodyFile());
      expect([code, err, out]).toEqual([0, '', expect.stringContaining('The signature holds: rfc9421, key p1.')]);
      expect((await explain(capture)).out).toContain('curl -v prints no body. Give it with --body-file.');
    }
  });

  test.each(['GET', 'HEAD', 'DELETE', 'POST'])('of a %s without a body, and asks for none', async (method) => {
    const { printed } = await runCurl(['--method', method]);
    const { code, out } = await explain(printed);
    expect([code, out]).toEqual([0, expect.stringContaining('The signature holds')]);
    expect(out).not.toContain('prints no body');
  });

  test('in which curl does not remark on the method', async () => {
    for (const words of [bodyFile(), ['--method', 'PUT', ...bodyFile()], []])
      expect((await runCurl(words)).printed).not.toContain('Unnecessary use of -X');
  });
});

test('reads the first of several requests that curl -v prints', () => {
  const printed = (path: string) => `> GET ${path} HTTP/1.1\n> Host: h\n> \n< HTTP/1.1 302 Found\n< \n`;
  expect(parse(`* a\n${printed('/one')}${printed('/two')}`)).toMatchObject({ path: '/one', authority: 'h' });
});

describe('accepts the signature in a capture', () => {
  const [HEAD = '', BODY = ''] = MESSAGE.split('\r\n\r\n');
  const indented = (text: string) => text.replaceAll(/^(?=.)/gm, '    ');
  const pretty = captureDelimited(JOINED_WAYS.find(({ name }) => name === 'nitro in') as never, {
    sentBody: '{\n    "a": 1\n}',
    signedBody: '{\n    "a": 1\n}',
  });
  const pseudo = MESSAGE.replace(
    /^.*\r\nHost: (.*)\r\n/,
    ':authority: $1\r\n:method: POST\r\n:path: /api/links/fetch?dry=1\r\n:scheme: https\r\n',
  );
  const chunked = (eol: string) => {
    const bytes = Buffer.from(SENT_BODY);
    const chunks = [bytes.subarray(0, 50), bytes.subarray(50), Buffer.alloc(0)];
    const body = chunks.map((one) =>
      Buffer.concat([Buffer.from(one.length.toString(16) + eol), one, Buffer.from(eol)]),
    );
    const head = HEAD.replace(/Content-Length: .*/, 'Transfer-Encoding: chunked').replaceAll('\r\n', eol);
    return Buffer.concat([Buffer.from(head + eol + eol), ...body]);
  };

  test.each<[string, string | Uint8Array]>([
    ['followed by its answer', `${MESSAGE}HTTP/1.1 401 Unauthorized\r\n\r\n{"code":"x"}`],
    ['followed by its answer after a line', `${MESSAGE}\n\nHTTP/1.1 401 Unauthorized\n\n{}`],
    ['followed by another request', `${MESSAGE}\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n`],
    ['in chunks', chunked('\r\n')],
    ['in chunks, with bare line feeds', chunked('\n')],
    [
      'that says chunks, and a proxy joined them',
      `${HEAD.replace(/Content-Length: .*/, 'Transfer-Encoding: chunked')}\r\n\r\n${BODY}`,
    ],
    ['with the pseudo headers of HTTP/2', pseudo],
    ['with spaces after its request line', MESSAGE.replace('HTTP/1.1\r\n', 'HTTP/1.1  \t\r\n')],
    ['with its method in lower case', MESSAGE.replace('POST', 'post')],
    ['that is indented', indented(MESSAGE)],
    ['whose head is indented, and its body is not', `${indented(HEAD)}\r\n\r\n${BODY}`],
    ['that is indented, with a body of its own indentation', indented(pretty.replaceAll('\r\n', '\n'))],
  ])('%s', async (_, capture) => {
    const { code, out, err } = await explain(capture);
    expect([code, err, out]).toEqual([0, '', expect.stringContaining('The signature holds')]);
  });
});

describe('says', () => {
  const remarksOf = (text: string) => parse(text).remarks.join();

  test('that it left out an answer', () => {
    expect(remarksOf(`${NITRO}HTTP/1.1 200 OK\r\n\r\n`)).toContain('was left out');
    const get = parse('GET / HTTP/1.1\r\nHost: h\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody');
    expect([get.body.length, get.remarks.join()]).toEqual([0, expect.stringContaining('was left out')]);
  });

  test('that it joined chunks, or found none', () => {
    const head = 'POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n';
    expect(remarksOf(`${head}1\na\n0\n\n`)).toContain('They were joined');
    for (const body of ['a', '', '5\nab', '1\nab\n0\n', '1\na\n'])
      expect(remarksOf(head + body)).toContain('it was used as it is');
  });
});

test('joins any bytes in any chunks to the original body', () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 6 }), fc.constantFrom('\r\n', '\n'), (chunks, eol) => {
      const framed = [...chunks, Buffer.alloc(0)].flatMap((one) => [
        Buffer.from(`${one.length.toString(16)}${eol}`),
        one,
        Buffer.from(eol),
      ]);
      const head = Buffer.from('POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n');
      expect(parseCapture(Buffer.concat([head, ...framed])).body).toEqual(Buffer.concat(chunks));
    }),
  );
});
