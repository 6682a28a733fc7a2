// The guarded exchange with real servers: the addresses it refuses, its limits, and its answers and failures.
import { type AddressInfo, createServer } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { createAddressPolicy } from '../../lib/net/address-policy.ts';
import type { ExchangePorts, ExchangeRequest } from '../../lib/net/exchange.ts';
import { guardedRequest } from '../../lib/net/guarded-request.ts';
import { type Certificate, makeCertificate, serveHttp, serveHttps, serveTcp } from '../support/local-server.ts';

const local = createAddressPolicy({ allowCidrs: ['127.0.0.0/8'] });
const strict = createAddressPolicy({ allowCidrs: [] });

function get(url: string, more: Partial<ExchangeRequest> = {}, ports: Partial<ExchangePorts> = {}) {
  return guardedRequest(
    { method: 'GET', url, timeoutMs: 5_000, bodyLimitBytes: 1_000, ...more },
    { policy: local, ...ports },
  );
}

describe('an answer', () => {
  test('has status, headers, body, address and timing, also when it is a redirect', async () => {
    await using site = await serveHttp((_request, response) => {
      response.writeHead(302, { location: '/next', 'Set-Cookie': ['a=1', 'b=2'], 'X-Mixed': 'Case' }).end('bye');
    });
    const result = await get(`${site.origin}/x`);
    expect(result).toMatchObject({ kind: 'answer', status: 302, address: '127.0.0.1', truncated: false });
    expect(result).toMatchObject({ headers: { location: '/next', 'set-cookie': ['a=1', 'b=2'], 'x-mixed': 'Case' } });
    expect(result).toMatchObject({ timing: { connectMs: expect.any(Number), firstByteMs: expect.any(Number) } });
    expect(result.timing.dnsMs).toBeUndefined();
    expect(result.kind === 'answer' && Buffer.from(result.body).toString()).toBe('bye');
  });

  test('may be the answer to a request with a body, which arrives byte for byte', async () => {
    const seen: { body: string; headers: object; method?: string | undefined }[] = [];
    await using site = await serveHttp(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen.push({ body: Buffer.concat(chunks).toString('hex'), headers: request.headers, method: request.method });
      response.writeHead(204).end();
    });
    const body = Uint8Array.from({ length: 256 }, (_, index) => index);
    const headers = { 'content-type': 'application/json', 'accept-encoding': 'gzip', host: 'liar.example' };
    expect(await get(site.origin, { method: 'POST', body, headers })).toMatchObject({ status: 204 });
    expect(seen[0]).toMatchObject({ method: 'POST', body: Buffer.from(body).toString('hex') });
    expect(seen[0]?.headers).toEqual({
      'content-type': 'application/json',
      'content-length': '256',
      'accept-encoding': 'identity',
      connection: 'close',
      host: `127.0.0.1:${site.port}`,
    });
  });

  test('is read only up to the limit', async () => {
    await using site = await serveHttp((_request, response) => {
      const writeMore = () => {
        while (response.write('x'.repeat(65_536))) if (response.destroyed) return;
        response.once('drain', writeMore);
      };
      writeMore();
    });
    const result = await get(site.origin, { bodyLimitBytes: 1_000 });
    expect(result).toMatchObject({ kind: 'answer', truncated: true });
    expect(result.kind === 'answer' && result.body.byteLength).toBe(1_000);
  });

  test('with exactly the limit is not truncated', async () => {
    await using site = await serveHttp((_request, response) => response.end('x'.repeat(1_000)));
    expect(await get(site.origin)).toMatchObject({ truncated: false });
  });

  test('may be left unread because of its status', async () => {
    await using site = await serveHttp((_request, response) => {
      response.writeHead(302, { location: '/' }).write('a body that never ends');
    });
    expect(await get(site.origin, { bodyLimitBytes: (status) => (status === 302 ? 0 : 9) })).toMatchObject({
      status: 302,
    });
  });

  test('of a broken connection has the bytes that were received', async () => {
    await using site = await serveTcp((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort'));
    const result = await get(site.origin);
    expect(result).toMatchObject({ kind: 'answer', truncated: true });
    expect(result.kind === 'answer' && Buffer.from(result.body).toString()).toBe('short');
  });
});

/** Starts a server that records every connection and every byte. */
async function serveTrap() {
  const events: ('connection' | 'data')[] = [];
  const server = await serveTcp((socket) => {
    events.push('connection');
    socket.on('data', () => events.push('data'));
    socket.resume();
  });
  return { ...server, events };
}

describe('a refused address', () => {
  test.each(['127.0.0.1', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]', '[::127.0.0.1]'])(
    'as a literal (%s) gets no connection',
    async (host) => {
      await using trap = await serveTrap();
      const result = await get(`http://${host}:${trap.port}/`, {}, { policy: strict });
      expect(result).toMatchObject({ kind: 'failed', failure: 'refused_address' });
      expect(trap.events).toEqual([]);
    },
  );

  test('behind a name gets no connection', async () => {
    await using trap = await serveTrap();
    const lookup = async () => ['127.0.0.1', '10.0.0.1'];
    const result = await get(`http://innocent.example:${trap.port}/`, {}, { policy: strict, lookup });
    expect(result).toMatchObject({ failure: 'refused_address', timing: { dnsMs: expect.any(Number) } });
    expect(trap.events).toEqual([]);
  });

  test('among allowed ones is skipped', async () => {
    await using site = await serveHttp((_request, response) => response.end());
    const lookup = async () => ['10.0.0.1', '169.254.169.254', '127.0.0.1'];
    const result = await get(`http://mixed.example:${site.port}/`, {}, { lookup });
    expect(result).toMatchObject({ kind: 'answer', address: '127.0.0.1' });
  });

  test('cannot come from a second lookup, because there is only one', async () => {
    await using site = await serveHttp((request, response) => response.end(request.headers.host));
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    const lookup = async () => answers.shift() ?? [];
    const url = `http://rebinding.example:${site.port}/`;
    expect(await get(url, {}, { lookup })).toMatchObject({ kind: 'answer' });
    expect(answers).toHaveLength(1);
    expect(await get(url, {}, { lookup })).toMatchObject({ failure: 'refused_address' });
  });

  test('that is found only on the connected socket gets no byte', async () => {
    await using trap = await serveTrap();
    const zeroOnly = createAddressPolicy({ allowCidrs: ['0.0.0.0/8'] });
    for (const scheme of ['http', 'https']) {
      const lookup = async () => ['0.0.0.0'];
      const result = await get(`${scheme}://lying.example:${trap.port}/`, {}, { policy: zeroOnly, lookup });
      expect(result).toMatchObject({ failure: 'refused_address', message: expect.stringContaining('127.0.0.1') });
    }
    expect(trap.events).not.toContain('data');
  });

  test.each(['ftp://example.com/', 'http://u:p@example.com/', 'nonsense'])(
    'is also the failure for a URL that may not be requested: %s',
    async (url) => {
      expect(await get(url)).toMatchObject({ failure: 'refused_address' });
    },
  );
});

describe('a failed exchange says how it failed', () => {
  test('dns_failed', async () => {
    const lookup = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    expect(await get('http://nowhere.example/', {}, { lookup })).toMatchObject({
      failure: 'dns_failed',
      message: 'nowhere.example: ENOTFOUND',
    });
    expect(await get('http://nowhere.example/', {}, { lookup: async () => [] })).toMatchObject({
      failure: 'dns_failed',
    });
  });

  test('connection_failed', async () => {
    const port = await closedPort();
    expect(await get(`http://127.0.0.1:${port}/`)).toMatchObject({
      failure: 'connection_failed',
      message: 'ECONNREFUSED',
    });
    await using site = await serveTcp((socket) => void socket.once('data', () => socket.destroy()));
    expect(await get(site.origin)).toMatchObject({ failure: 'connection_failed', address: '127.0.0.1' });
  });

  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n\r\n'],
    ['an invalid header', 'HTTP/1.1 200 OK\r\n\x00: x\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['headers beyond the limit', `HTTP/1.1 200 OK\r\n${'x-filler: 0123456789012345\r\n'.repeat(1_000)}\r\n`],
    [
      'an upgrade without a request for it',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    ],
  ])('http_malformed: %s', async (_what, answer) => {
    await using site = await serveTcp((socket) => void socket.once('data', () => socket.end(answer)));
    expect(await get(site.origin)).toMatchObject({ kind: 'failed', failure: 'http_malformed' });
  });

  test('http_malformed: an invalid header in our request', async () => {
    await using site = await serveHttp((_request, response) => response.end());
    expect(await get(site.origin, { headers: { 'x-y': 'a\r\nb' } })).toMatchObject({ failure: 'http_malformed' });
  });

  test.each([
    ['the lookup', { lookup: () => new Promise<never>(() => {}) }, 'http://slow.example/'],
    ['the answer', {}, ''],
  ])('timeout: %s hangs', async (_what, ports, url) => {
    await using site = await serveTcp((socket) => socket.resume());
    expect(await get(url || site.origin, { timeoutMs: 60 }, ports)).toMatchObject({ failure: 'timeout' });
  });

  test('timeout: the TLS handshake hangs', async () => {
    await using site = await serveTcp((socket) => socket.resume());
    expect(await get(`https://127.0.0.1:${site.port}/`, { timeoutMs: 60 })).toMatchObject({ failure: 'timeout' });
  });

  test('timeout: the body arrives too slowly', async () => {
    await using site = await serveTcp((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx'));
    expect(await get(site.origin, { timeoutMs: 60 })).toMatchObject({ failure: 'timeout', address: '127.0.0.1' });
  });

  test('timeout: the caller’s signal fired', async () => {
    await using site = await serveTcp((socket) => socket.resume());
    expect(await get(site.origin, { signal: AbortSignal.abort() })).toMatchObject({ failure: 'timeout' });
  });
});

describe('over TLS', () => {
  let certificate: Certificate;
  beforeAll(() => {
    certificate = makeCertificate();
  });
  const lookup = async () => ['127.0.0.1'];

  test('reports the protocol and the end of the certificate', async () => {
    await using site = await serveHttps((request, response) => response.end(request.url), certificate);
    const result = await get(`${site.origin}/p?q`, { ca: certificate.cert }, { lookup });
    expect(result).toMatchObject({ kind: 'answer', status: 200, tls: { protocol: 'TLSv1.3' } });
    const endsAt = result.kind === 'answer' ? Date.parse(result.tls?.certificateEndsAt ?? '') : Number.NaN;
    expect(endsAt).toBeGreaterThan(Date.now() + 28 * 86_400_000);
    expect(result.timing.tlsMs).toBeGreaterThan(0);
  });

  test('accepts a certificate for an IP address', async () => {
    await using site = await serveHttps((_request, response) => response.end(), certificate);
    expect(await get(`https://127.0.0.1:${site.port}/`, { ca: certificate.cert })).toMatchObject({ kind: 'answer' });
  });

  test.each([
    ['no known authority signed', undefined, 'localhost'],
    ['is for another name', 'ca', 'other.example'],
  ])('refuses a certificate that %s', async (_what, trust, host) => {
    await using site = await serveHttps((_request, response) => response.end(), certificate);
    const ca = trust && certificate.cert;
    const result = await get(`https://${host}:${site.port}/`, { ca }, { lookup });
    expect(result).toMatchObject({ kind: 'failed', failure: 'tls_failed', address: '127.0.0.1' });
  });

  test('fails with tls_failed when the server does not speak TLS', async () => {
    await using site = await serveHttp((_request, response) => response.end());
    expect(await get(`https://127.0.0.1:${site.port}/`)).toMatchObject({ failure: 'tls_failed' });
  });
});

/** Returns a port on which no server listens: it was open until now. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
