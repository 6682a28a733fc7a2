// The HTTP API's behaviour, over real sockets.
import { request } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { createRouter } from '../../../../lib/local/cloud/http/http-routes.ts';
import type { LaptopCloud } from '../../../../lib/local/cloud/laptop-cloud.ts';
import { route, startFake } from '../fake-assembly.ts';

const ECHO = `export const handler = async (event) => {
  if (event.rawPath === '/throws') throw new Error('no');
  if (event.rawPath === '/slow') await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (event.rawPath.startsWith('/returns')) return JSON.parse(event.body);
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };
};`;

/** The only route whose integration has a short time-out. */
const SLOW = 'GET /slow';

function startEcho(...routeKeys: readonly string[]): Promise<LaptopCloud> {
  const routes = routeKeys.map((key) => route(key, 'echo', key === SLOW ? { TimeoutInMillis: 200 } : {}));
  const functions = { echo: { code: ECHO, properties: { Timeout: 10 } } };
  return startFake({ functions, resources: Object.assign({}, ...routes) });
}

interface Event {
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: Readonly<Record<string, unknown>> & { readonly http: Readonly<Record<string, unknown>> };
  readonly [key: string]: unknown;
}

/** Sends exactly these headers, also repeated ones. A Host among them replaces the client's own. */
function send(
  cloud: LaptopCloud,
  path: string,
  headers: readonly string[] = [],
  body?: string | Buffer,
): Promise<Event> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(cloud.baseUrl);
    const options = { hostname, port, path, method: body === undefined ? 'GET' : 'POST' };
    const host = headers.includes('Host') ? [] : ['Host', `${hostname}:${port}`];
    const outgoing = request({ ...options, headers: [...host, ...headers] }, async (response) => {
      const parts = await response.toArray();
      resolve(JSON.parse(Buffer.concat(parts).toString()));
    });
    outgoing.once('error', reject).end(body);
  });
}

test('describes a request in payload format 2.0', async () => {
  const cloud = await startEcho('GET /things/{id}');
  const cookies = ['Cookie', 'a=1; b=2'];
  const repeated = ['X-Twice', 'one', 'x-twice', 'two', 'User-Agent', 'tester'];
  const event = await send(cloud, '/things/a%20b?x=1&y=%2F&x=2+3', [...cookies, ...repeated]);
  const host = new URL(cloud.baseUrl).host;
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: 'GET /things/{id}',
    rawPath: '/things/a b',
    rawQueryString: 'x=1&y=%2F&x=2+3',
    queryStringParameters: { x: '1,2 3', y: '/' },
    pathParameters: { id: 'a b' },
    cookies: ['a=1', 'b=2'],
    isBase64Encoded: false,
    headers: { 'x-twice': 'one,two', host, 'content-length': '0', 'x-forwarded-proto': 'http' },
    requestContext: {
      accountId: '000000000000',
      apiId: 'laptop',
      domainName: host,
      stage: '$default',
      routeKey: 'GET /things/{id}',
      http: { method: 'GET', path: '/things/a b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'tester' },
      requestId: expect.any(String),
      time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
    },
  });
  expect(Math.abs(Number(event.requestContext['timeEpoch']) - Date.now())).toBeLessThan(5_000);
  expect(event.headers).not.toHaveProperty('cookie');
  expect(event).not.toHaveProperty('body');
});

test('names itself, for any Host header', async () => {
  const cloud = await startEcho('$default');
  const { host, port } = new URL(cloud.baseUrl);
  const cases: readonly [host: string, domainName: string, domainPrefix: string][] = [
    [host, host, '127'],
    [`localhost:${port}`, `localhost:${port}`, `localhost:${port}`],
    [`LocalHost:${port}`, `localhost:${port}`, `localhost:${port}`],
    ['other.example', host, '127'],
    [`other.example:${port}`, host, '127'],
    [`localhost.other.example:${port}`, host, '127'],
    ['localhost', host, '127'],
    ['127.0.0.1', host, '127'],
    ['', host, '127'],
  ];
  for (const [sent, domainName, domainPrefix] of cases) {
    const event = await send(cloud, '/', ['Host', sent]);
    expect(event.requestContext, sent).toMatchObject({ domainName, domainPrefix });
    expect(event.headers['host'], sent).toBe(sent);
  }
});

test.each(['constructor', '__proto__', 'tostring', 'hasOwnProperty'])(
  'passes on a header and a query parameter named %s unchanged',
  async (name) => {
    const cloud = await startEcho('$default');
    const event = await send(cloud, `/?${name}=1&x=2&${name}=3`, [name, 'one', 'X', 'two', name, 'three']);
    expect(Object.entries(event.headers)).toContainEqual([name.toLowerCase(), 'one,three']);
    expect(Object.entries(event['queryStringParameters'] as object)).toEqual([
      [name, '1,3'],
      ['x', '2'],
    ]);
  },
);

test('passes text on as text, and everything else as base64', async () => {
  const cloud = await startEcho('$default');
  const cases: readonly [string | undefined, boolean][] = [
    ['application/json', true],
    ['application/problem+json; charset=utf-8', true],
    ['text/plain', true],
    ['application/soap+xml', true],
    ['application/javascript', true],
    ['application/x-www-form-urlencoded', false],
    ['application/octet-stream', false],
    [undefined, false],
  ];
  for (const [type, isText] of cases) {
    const headers = ['Content-Length', '3', ...(type === undefined ? [] : ['Content-Type', type])];
    const event = await send(cloud, '/', headers, 'ü!');
    const expected = { body: isText ? 'ü!' : Buffer.from('ü!').toString('base64'), isBase64Encoded: !isText };
    expect(event, String(type)).toMatchObject({ ...expected, routeKey: '$default' });
  }
});

test('answers an unknown route with 404', async () => {
  const cloud = await startEcho('GET /here');
  const response = await fetch(`${cloud.baseUrl}/there`);
  expect([response.status, await response.text()]).toEqual([404, '{"message":"Not Found"}']);
  expect((await fetch(`${cloud.baseUrl}/here`, { method: 'POST' })).status).toBe(404);
});

test('answers for a function that throws, and for one that exceeds the integration’s time-out', async () => {
  const cloud = await startEcho('$default', SLOW);
  const thrown = await fetch(`${cloud.baseUrl}/throws`);
  expect([thrown.status, await thrown.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
  const slow = await fetch(`${cloud.baseUrl}/slow`);
  expect([slow.status, await slow.text()]).toEqual([503, '{"message":"Service Unavailable"}']);
});

test('refuses more than 10 MB, with and without an announced length', async () => {
  const cloud = await startEcho('$default');
  const body = Buffer.alloc(10 * 1024 * 1024 + 1);
  const announced = await fetch(cloud.baseUrl, { method: 'POST', body });
  expect([announced.status, await announced.text()]).toEqual([413, '{"message":"Request Entity Too Large"}']);
  const unannounced = await fetch(cloud.baseUrl, {
    method: 'POST',
    body: new Blob([body]).stream(),
    duplex: 'half',
  } as object);
  expect(unannounced.status).toBe(413);
});

test('refuses a path that is not encoded correctly', async () => {
  const cloud = await startEcho('$default');
  expect(await send(cloud, '/%E0%A4%A')).toEqual({ message: 'Bad Request' });
});

test.each([
  ['a structure', { statusCode: 201, headers: { 'X-A': 1 }, body: 'made' }, 201, 'made', { 'x-a': '1' }],
  ['no content type', { statusCode: 200, body: 'text' }, 200, 'text', { 'content-type': 'text/plain; charset=utf-8' }],
  ['base64', { statusCode: 200, body: 'aGk=', isBase64Encoded: true }, 200, 'hi', {}],
  ['cookies', { statusCode: 204, cookies: ['a=1', 'b=2'] }, 204, '', { 'set-cookie': 'b=2' }],
  ['an object without a status', { a: 1 }, 200, '{"a":1}', { 'content-type': 'application/json' }],
  ['a text', 'plain', 200, 'plain', { 'content-type': 'application/json' }],
  ['a number', 7, 200, '7', {}],
  ['an invalid status', { statusCode: 'soon' }, 500, '{"message":"Internal Server Error"}', {}],
  ['a body that is not text', { statusCode: 200, body: { a: 1 } }, 500, '{"message":"Internal Server Error"}', {}],
])('answers for %s', async (_what, returned, status, text, headers) => {
  const cloud = await startEcho('POST /returns');
  const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(returned) };
  const response = await fetch(`${cloud.baseUrl}/returns`, options);
  expect([response.status, await response.text()]).toEqual([status, text]);
  for (const [name, value] of Object.entries(headers)) expect([...response.headers]).toContainEqual([name, value]);
});

test('listens on 127.0.0.1 only', async () => {
  const cloud = await startEcho('$default');
  const port = Number(new URL(cloud.baseUrl).port);
  const refused = new Promise((resolve) =>
    connect(port, '127.0.0.2')
      .once('error', resolve)
      .once('connect', () => resolve('connected')),
  );
  expect(await refused).toMatchObject({ code: 'ECONNREFUSED' });
});

test.each([
  ['GET', '/a/b', 'GET /a/b', {}],
  ['GET', '/a/c', 'GET /a/{x}', { x: 'c' }],
  ['GET', '/a/c%2Fd', 'GET /a/{x}', { x: 'c/d' }],
  ['POST', '/a/b', 'ANY /a/b', {}],
  ['GET', '/a/c/d', 'GET /a/{all+}', { all: 'c/d' }],
  ['GET', '/a/', '$default', {}],
  ['GET', '/a/b/', 'GET /a/{all+}', { all: 'b/' }],
  ['PUT', '/z', '$default', {}],
])('chooses the most specific route: %s %s', (method, path, routeKey, pathParameters) => {
  const keys = ['$default', 'GET /a/{all+}', 'GET /a/{x}', 'ANY /a/b', 'GET /a/b'];
  const router = createRouter(keys.map((key) => ({ routeKey: key, functionName: 'f', timeoutMs: 1 })));
  expect(router(method, path)).toMatchObject({ route: { routeKey }, pathParameters });
});

test('passes on a 304 with its headers and without a body, so that clients can keep a document', async () => {
  const cloud = await startEcho('POST /returns');
  const headers = { etag: '"1"', 'cache-control': 'public, max-age=300' };
  const body = JSON.stringify({ statusCode: 304, headers, body: '' });
  const answer = await fetch(`${cloud.baseUrl}/returns`, { method: 'POST', body });
  expect([answer.status, await answer.text()]).toEqual([304, '']);
  expect(Object.fromEntries(answer.headers)).toMatchObject(headers);
});
