// Following links on a real local site: redirects, limits, cookies and refusals.
import { describe, expect, test } from 'vitest';
import { classifyResult } from '../../../agent/link/classify-result.ts';
import { type LinkToResolve, type ResolvePorts, resolveLink } from '../../../agent/link/resolve-link.ts';
import { createAddressPolicy } from '../../../lib/net/address-policy.ts';
import type { ExchangePorts } from '../../../lib/net/exchange.ts';
import { guardedRequest } from '../../../lib/net/guarded-request.ts';
import { makeCertificate, serveHttp, serveHttps, serveTcp } from '../../support/local-server.ts';

const policy = createAddressPolicy({ allowCidrs: ['127.0.0.0/8'] });

type Overrides = Partial<ResolvePorts> & Pick<ExchangePorts, 'lookup'> & { readonly ca?: string };

function resolve(link: LinkToResolve | string, { lookup, ca, ...overrides }: Overrides = {}) {
  const exchange: ResolvePorts['exchange'] = (request) => guardedRequest({ ...request, ca }, { policy, lookup });
  const ports = { exchange, policy, monotonicMs: () => performance.now(), nowMs: Date.now, ...overrides };
  return resolveLink(typeof link === 'string' ? { trackingUrl: link } : link, ports);
}

/** Starts a site whose paths choose the answer: `/302?to=…` redirects, and anything else is a page. */
function serveRedirects() {
  return serveHttp((request, response) => {
    const url = new URL(request.url ?? '/', 'http://site.example');
    const to = url.searchParams.get('to');
    response.writeHead(Number(url.pathname.slice(1, 4)) || 200, to === null ? {} : { location: to }).end();
  });
}

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('follows %i with a Location by GET', async (status) => {
    const methods: (string | undefined)[] = [];
    await using site = await serveHttp((request, response) => {
      methods.push(request.method);
      response.writeHead(request.url === '/' ? status : 200, { location: '/end' }).end();
    });
    const { hops, ending } = await resolve(`${site.origin}/`);
    expect(hops.map((hop) => [hop.status, hop.kind])).toEqual([
      [status, 'http'],
      [200, 'none'],
    ]);
    expect(ending).toMatchObject({ kind: 'answered', finalUrl: new URL(`${site.origin}/end`) });
    expect(methods).toEqual(['GET', 'GET']);
  });

  test.each([300, 304, 305, 306, 399, 200, 201, 404])(
    'does not follow %i, with or without a Location',
    async (status) => {
      await using site = await serveRedirects();
      const { hops } = await resolve(`${site.origin}/${status}?to=/200`);
      expect(hops).toHaveLength(1);
    },
  );

  test.each([
    ['/end', '/end'],
    ['end?x', '/a/end?x'],
    ['?only=query', '/a/b?only=query'],
    ['//127.0.0.1:PORT/end', '/end'],
    ['../../../end', '/end'],
    ['\\end', '/end'],
    ['/sp ace', '/sp%20ace'],
    ['/caf\u00e9', '/caf%C3%A9'],
  ])('resolves Location %j to %s', async (location, path) => {
    await using site = await serveHttp((request, response) => {
      const to = Buffer.from(location.replace('PORT', String(site.port)), 'utf8').toString('latin1');
      response.writeHead(request.url === '/a/b' ? 302 : 200, { location: to }).end();
    });
    const { ending } = await resolve(`${site.origin}/a/b`);
    expect(ending).toMatchObject({ kind: 'answered', finalUrl: new URL(site.origin + path) });
  });

  test.each([
    ['#old', '/end', '#old'],
    ['#old', '/end#new', '#new'],
    ['#old', '/end#', ''],
    ['', '/end#new', '#new'],
  ])('resolves fragment %j and Location %j to %j', async (fragment, location, expected) => {
    await using site = await serveHttp((request, response) => {
      response.writeHead(request.url === '/' ? 302 : 200, { location }).end();
    });
    const { ending } = await resolve(`${site.origin}/${fragment}`);
    expect(ending.kind === 'answered' && ending.finalUrl.hash).toBe(expected);
  });

  test('records on each hop the parameters that the next URL gained and lost', async () => {
    await using site = await serveRedirects();
    const { hops } = await resolve(`${site.origin}/302?gclid=1&to=/200%3Fto2%3D1%26gclid%3D2`);
    expect(hops[0]).toMatchObject({ parametersGained: ['to2'], parametersLost: ['to'] });
    expect(hops[1]?.parametersGained).toBeUndefined();
  });

  test('records a downgrade from https to http on the hop that redirects', async () => {
    const certificate = makeCertificate();
    await using plain = await serveHttp((_request, response) => response.end());
    await using secure = await serveHttps((_request, response) => {
      response.writeHead(301, { location: plain.origin }).end();
    }, certificate);
    const { hops } = await resolve(secure.origin, { ca: certificate.cert, lookup: async () => ['127.0.0.1'] });
    expect(hops.map(({ downgraded }) => downgraded)).toEqual([true, undefined]);
    expect(hops[0]?.tls?.protocol).toBe('TLSv1.3');
  });

  test('shortens a hop URL over 2,048 bytes to a prefix and a hash', async () => {
    await using site = await serveRedirects();
    const { hops, ending } = await resolve(`${site.origin}/200?${'x'.repeat(4_000)}`);
    expect(hops[0]?.url).toHaveLength(2_048);
    expect(hops[0]?.url).toMatch(/x#sha256=[0-9a-f]{64}$/);
    expect(ending.kind === 'answered' && ending.finalUrl.href.length).toBeGreaterThan(4_000);
  });
});

describe('limits', () => {
  const serveChain = () =>
    serveHttp((request, response) => {
      const number = Number((request.url ?? '').slice(1));
      response.writeHead(number > 0 ? 302 : 200, { location: `/${number - 1}` }).end();
    });

  test('makes twenty requests and no more', async () => {
    await using site = await serveChain();
    const reached = await resolve(`${site.origin}/19`);
    expect(reached.hops).toHaveLength(20);
    expect(reached.ending.kind).toBe('answered');
    const beyond = await resolve(`${site.origin}/20`);
    expect(beyond.hops).toHaveLength(20);
    expect(classifyResult(beyond)).toMatchObject({ conclusion: 'too_many_redirects', reason: 'hop_limit' });
  });

  test('limits the time of a hop', async () => {
    await using site = await serveTcp((socket) => socket.resume());
    const trail = await resolve(site.origin, { limits: { hopMs: 50 } });
    expect(classifyResult(trail)).toMatchObject({ conclusion: 'timeout', reason: 'hop_timeout' });
    expect(trail.hops).toHaveLength(1);
  });

  test('limits the time of the whole chain', async () => {
    await using site = await serveChain();
    const times = [0, 0, 40_000, 59_999.5];
    const trail = await resolve(`${site.origin}/9`, { monotonicMs: () => times.shift() ?? 60_000 });
    expect(classifyResult(trail)).toMatchObject({ conclusion: 'timeout', reason: 'total_timeout' });
    expect(trail.hops).toHaveLength(2);
  });

  test('limits the bytes of a body', async () => {
    await using site = await serveHttp((_request, response) => response.end('x'.repeat(3_000_000)));
    const { ending } = await resolve(site.origin);
    expect(ending.kind === 'answered' && ending.answer.body.byteLength).toBe(1_048_576);
    expect(classifyResult({ hops: [], ending })).toMatchObject({ conclusion: 'valid' });
  });
});

describe('loops and cookies', () => {
  test('treats the same URL again as a loop, with any fragment', async () => {
    await using site = await serveHttp((request, response) => {
      response.writeHead(302, { location: request.url === '/a' ? '/b#x' : '/a#y' }).end();
    });
    const trail = await resolve(`${site.origin}/a`);
    expect(trail.hops).toHaveLength(2);
    expect(classifyResult(trail)).toMatchObject({ conclusion: 'redirect_loop', reason: 'url_repeated' });
  });

  test('follows a site that sets a cookie and redirects to the same URL', async () => {
    await using site = await serveHttp((request, response) => {
      const known = request.headers.cookie === 'seen=1';
      response.writeHead(known ? 200 : 302, known ? {} : { location: '/', 'set-cookie': 'seen=1; HttpOnly' }).end();
    });
    const trail = await resolve(`${site.origin}/`);
    expect(classifyResult(trail)).toMatchObject({ conclusion: 'valid' });
    expect(trail.hops[0]?.cookieNames).toEqual(['seen']);
    expect(JSON.stringify(trail.hops)).not.toContain('seen=1');
  });

  test('returns cookies only to their own host, and not in the next job', async () => {
    const cookies: (string | undefined)[] = [];
    await using site = await serveHttp((request, response) => {
      cookies.push(request.headers.cookie);
      const [, to] = /to=(.*)/.exec(request.url ?? '') ?? [];
      response
        .writeHead(to ? 302 : 200, { ...(to ? { location: to } : {}), 'set-cookie': 'id=1; Domain=example' })
        .end();
    });
    const lookup = async () => ['127.0.0.1'];
    const other = `http://b.example:${site.port}/`;
    await resolve(`http://a.example:${site.port}/?to=${other}`, { lookup });
    await resolve(`http://a.example:${site.port}/`, { lookup });
    expect(cookies).toEqual([undefined, undefined, undefined]);
  });
});

describe('unsafe targets', () => {
  test.each([
    ['http://10.0.0.1/', 'address_not_global'],
    ['http://169.254.169.254/latest/meta-data/', 'address_not_global'],
    ['http://[::ffff:10.0.0.1]/', 'address_not_global'],
    ['file:///etc/passwd', 'scheme_not_http'],
    ['intent://x/#Intent;end', 'scheme_not_http'],
    ['http://user:pass@127.0.0.1/', 'credentials_in_url'],
    ['http://[nonsense]/', 'url_malformed'],
  ])('refuses a redirect to %s: %s', async (target, reason) => {
    await using site = await serveRedirects();
    const trail = await resolve(`${site.origin}/302?to=${encodeURIComponent(target)}`);
    expect(trail.hops).toHaveLength(1);
    expect(classifyResult(trail)).toMatchObject({ conclusion: 'unsafe_target', reason });
    expect(classifyResult(trail).finalUrl).toBeUndefined();
  });

  test('refuses a name that resolves to a private address in the middle of a chain', async () => {
    await using site = await serveRedirects();
    const answers = [['127.0.0.1'], ['192.168.0.1']];
    const trail = await resolve(`http://rebinding.example:${site.port}/302?to=/200`, {
      lookup: async () => answers.shift() ?? [],
    });
    expect(classifyResult(trail)).toMatchObject({ conclusion: 'unsafe_target', reason: 'address_not_global' });
    expect(trail.hops).toHaveLength(2);
    expect(trail.hops[1]?.status).toBeUndefined();
  });

  test.each(['', 'nonsense', 'javascript:alert(1)', '\u0000', 'http://', 'http://a b/'])(
    'refuses the malformed tracking URL %j',
    async (trackingUrl) => {
      const trail = await resolve(trackingUrl);
      expect(trail.hops).toEqual([]);
      expect(classifyResult(trail).conclusion).toBe('unsafe_target');
    },
  );
});

describe('the context of a job', () => {
  test('sets user agent, referer and language', async () => {
    const seen: object[] = [];
    await using site = await serveHttp((request, response) => {
      seen.push(request.headers);
      response.end();
    });
    await resolve({
      trackingUrl: site.origin,
      context: { userAgent: 'UA/1', referer: 'https://r.example/', acceptLanguage: 'de' },
    });
    expect(seen[0]).toMatchObject({ 'user-agent': 'UA/1', referer: 'https://r.example/', 'accept-language': 'de' });
  });

  test('cannot inject headers', async () => {
    const seen: object[] = [];
    await using site = await serveHttp((request, response) => {
      seen.push(request.headers);
      response.end();
    });
    const trail = await resolve({ trackingUrl: site.origin, context: { userAgent: 'x\r\nevil: 1', referer: '' } });
    expect(classifyResult(trail).conclusion).toBe('valid');
    expect(Object.keys(seen[0] ?? {}).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host']);
  });
});
