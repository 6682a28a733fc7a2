// `signet send`: the answer in words and as JSON, and why there was none.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SUSPICIONS } from '../../../../lib/protocol/diagnosis/suspicions.ts';
import { makeCertificate, serveHttp, serveHttps, serveTcp } from '../../../support/local-server.ts';
import { COLUMNS, runInProcess } from '../fake-terminal.ts';
import { temporaryFile } from '../temporary-file.ts';
import { KEY_ID, SECRET, startVerifyingServer } from './verifying-server.ts';

const environment = { SIGNET_SECRET: SECRET };
const send = (url: string, words: readonly string[] = []) =>
  runInProcess(['send', '--profile', 'nitro', '--key-id', KEY_ID, '--url', url, '--body', '{}', ...words], {
    environment,
  });

/** Returns a server that answers every request like this. */
const answering = (status: number, type: string, body: unknown, headers = {}) =>
  serveHttp((_, response) => {
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });

const PROBLEM = {
  type: 'about:blank',
  title: 'The signature does not fit.',
  status: 401,
  code: 'signature_invalid',
  detail: 'Check the key id and its secret, and sign exactly the bytes that are sent: compare them with what we saw.',
  retryable: false,
  requestId: 'req-1',
  serverTime: '2027-01-15T08:00:00Z',
};
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const SIGNED = '1800000000000{}';
const SAW = {
  bodyBytes: 2,
  bodySha256: sha256('{}'),
  signedContentBytes: SIGNED.length,
  signedContentSha256: sha256(SIGNED),
};

/** Returns what is printed of a problem, on one line. */
async function printed(problem: object, words: readonly string[] = []): Promise<string> {
  await using server = await answering(401, 'application/problem+json', { ...PROBLEM, ...problem });
  const { code, out, err } = await send(server.origin, words);
  expect([code, err]).toEqual([1, '']);
  expect(out.split('\n').filter((line) => line.length > COLUMNS)).toEqual([]);
  return out.replaceAll(/\s+/g, ' ');
}

describe('prints an answer', () => {
  test('with exit code 0 when the server accepts the signature', async () => {
    await using server = await startVerifyingServer('nitro');
    expect(await send(server.origin)).toMatchObject({ code: 0, out: '204 No Content\n\n\n', err: '' });
    expect(server.seen).toEqual([{ verdict: 'good', body: Buffer.from('{}') }]);
  });

  test('with its status, the headers that matter, and JSON indented', async () => {
    await using server = await answering(202, 'application/json', { jobId: 'job_1' }, { 'x-other': 'no' });
    const { out } = await send(server.origin);
    expect(out).toBe('202 Accepted\ncontent-type: application/json\n\n{\n  "jobId": "job_1"\n}\n');
  });

  test('in text as it is, with control characters escaped', async () => {
    await using server = await answering(500, 'text/html', '<h1>Oh\u001b[2J\u009b no</h1>\n');
    expect((await send(server.origin)).out).toContain('<h1>Oh\\u001b[2J\\u009b no</h1>\n');
  });

  test('that redirects, and does not follow it', async () => {
    await using server = await answering(307, 'text/plain', '', { location: 'https://other.example/' });
    const { code, out } = await send(server.origin);
    expect([code, out]).toEqual([1, expect.stringContaining('location: https://other.example/')]);
    expect(out).toContain('Redirects are not followed');
  });
});

describe('prints a problem', () => {
  test('in sentences, with its request id', async () => {
    const text = await printed({});
    expect(text).toContain('401 Unauthorized');
    expect(text).toContain(`signature_invalid: ${PROBLEM.title} ${PROBLEM.detail}`);
    expect(text).toContain('Sending it again will not help. requestId: req-1');
  });

  test('that is retryable, and says so', async () => {
    expect(await printed({ retryable: true })).toContain('You may send it again, with a new signature.');
  });

  test.each(Object.entries(SUSPICIONS))('with the suspicion %s, and its advice once', async (suspicion, advice) => {
    for (const detail of [PROBLEM.detail, advice]) {
      const text = await printed({ suspicion, detail });
      expect(text).toContain(`suspicion: ${suspicion}`);
      expect(text.split(advice)).toHaveLength(2);
    }
  });

  test('with an unknown suspicion, by its name', async () => {
    expect(await printed({ suspicion: 'constructor' })).toContain('suspicion: constructor');
  });

  test('with a comparison of what the relay saw and what was sent', async () => {
    expect(await printed({ saw: SAW })).toContain('the key id, secret or profile is wrong.');
    const suspected = await printed({ saw: SAW, suspicion: 'other_profile' });
    expect(suspected).toContain('The relay saw the same bytes.');
    expect(suspected).not.toContain('is wrong');
    const other = sha256('x');
    expect(await printed({ saw: { ...SAW, signedContentSha256: other } })).toContain('but other signed bytes');
    const changed = await printed({ saw: { ...SAW, bodyBytes: 3, bodySha256: other, signedContentSha256: other } });
    expect(changed).toContain('The relay saw another body (3 bytes; 2 were sent)');
    expect(changed).toContain(`saw 15 bytes, sha256 ${other} sent 15 bytes, sha256 ${sha256(SIGNED)}`);
  });

  test('of the clock, with the offset', async () => {
    expect(await printed({ clockOffsetSeconds: -3725 })).toContain(
      'The clock that signed is 1 hour 2 minutes behind the relay’s.',
    );
  });

  test('of validation, with the fields', async () => {
    expect(await printed({ errors: [{ path: 'rowId', message: 'is missing' }] })).toContain('rowId: is missing');
  });

  test.each([[{ errors: [null], saw: {}, detail: 7, code: null }], [{ saw: 'x', suspicion: 3, errors: {} }]])(
    'of another shape: %j',
    async (problem) => {
      expect(await printed(problem)).toContain('requestId: req-1');
    },
  );
});

/** Returns an origin where nothing listens. */
async function closedOrigin(): Promise<string> {
  await using server = await serveTcp(() => {});
  return server.origin;
}

describe('--json', () => {
  test('prints request, answer and fault, and no secret', async () => {
    await using server = await answering(401, 'application/problem+json', PROBLEM);
    const { code, out, err } = await send(server.origin, ['--json']);
    const json = JSON.parse(out);
    expect([code, err, Object.keys(json)]).toEqual([1, '', ['request', 'answer', 'fault']]);
    expect(json).toMatchObject({ request: { profile: 'nitro', body: '{}' }, answer: { status: 401 }, fault: null });
    expect(JSON.parse(json.answer.body)).toEqual(PROBLEM);
    expect(out).not.toContain(SECRET);
  });

  test('prints the fault when there is no answer', async () => {
    const { code, out } = await send(await closedOrigin(), ['--json']);
    expect([code, JSON.parse(out)]).toMatchObject([3, { answer: null, fault: { code: 'ECONNREFUSED' } }]);
  });
});

describe('exits with 3 and prints the reason when', () => {
  const failing = async (url: string, words: readonly string[] = []) => {
    const { code, out, err } = await send(url, words);
    expect([code, out]).toEqual([3, '']);
    expect(err).not.toContain(SECRET);
    return err;
  };

  test('nothing listens on the port', async () => {
    expect(await failing(await closedOrigin())).toMatch(
      /^signet: 127\.0\.0\.1:\d+ did not answer: nothing listens on that port \(ECONNREFUSED\)\.\n$/,
    );
  });

  test('fetch refuses the port', async () => {
    expect(await failing('http://127.0.0.1:1')).toContain('fetch and browsers refuse that port');
  });

  test('the host does not exist', async () => {
    expect(await failing('http://no-such-host.invalid')).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  test('the answer does not come in time', async () => {
    await using server = await serveTcp(() => {});
    expect(await failing(server.origin, ['--timeout', '0.05'])).toContain('did not answer within 0.05 seconds');
  });

  test('the body does not end in time', async () => {
    await using server = await serveTcp((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab'));
    expect(await failing(server.origin, ['--timeout', '0.1'])).toContain('did not answer within 0.1 seconds');
  });

  test('the connection is closed', async () => {
    await using server = await serveTcp((socket) => socket.on('data', () => socket.destroy()));
    expect(await failing(server.origin)).toContain('the connection was closed');
  });

  test('the answer is not HTTP', async () => {
    await using server = await serveTcp((socket) => socket.end('hello\r\n'));
    expect(await failing(server.origin)).toMatch(/did not answer: .+/);
  });

  test('the port does not speak TLS', async () => {
    await using server = await serveHttp((_, response) => response.end());
    expect(await failing(`https://127.0.0.1:${server.port}`)).toContain('it does not speak TLS on that port');
  });

  const certificate = tryCertificate();
  test.skipIf(!certificate)(
    `the certificate is not trusted${certificate ? '' : ' (skipped: it needs openssl)'}`,
    async () => {
      await using server = await serveHttps((_, response) => response.end(), certificate as never);
      expect(await failing(server.origin)).toContain('its certificate is not trusted here; NODE_EXTRA_CA_CERTS=');
    },
  );
});

function tryCertificate() {
  try {
    return makeCertificate();
  } catch {
    return undefined;
  }
}

describe('--from a local.json', () => {
  test('reads relay, profile and secret from it, and prefers a secret file to its secret', async () => {
    await using server = await startVerifyingServer('daylight');
    const state = { baseUrl: server.origin, keys: [{ keyId: KEY_ID, profile: 'daylight', secret: SECRET }] };
    const words = [
      'send',
      '--from',
      temporaryFile(JSON.stringify(state)),
      '--key-id',
      KEY_ID,
      '--url',
      '/a',
      '--body',
      'x',
    ];
    expect(await runInProcess(words)).toMatchObject({ code: 0, err: '' });
    const wrong = await runInProcess([...words, '--secret-file', temporaryFile('sk_another')]);
    expect([wrong.code, server.seen.at(-1)?.verdict]).toEqual([1, 'no active secret gives this signature']);
  });
});
