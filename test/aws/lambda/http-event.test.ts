// API Gateway's events as requests: exact body bytes, and header names in lower case.
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { fromHttpEvent, toHttpResult } from '../../../lib/aws/lambda/http-event.ts';

function event(overrides: Partial<APIGatewayProxyEventV2> = {}, domainName = 'Relay.Example.COM') {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/api/links/fetch',
    rawQueryString: 'a=1&b=%20',
    headers: { host: 'RELAY.example.com:443', 'Content-Type': 'application/json' },
    isBase64Encoded: false,
    requestContext: { requestId: 'request-1', domainName, http: { method: 'POST', path: '/ignored' } },
    ...overrides,
  } as APIGatewayProxyEventV2;
}

describe('a request', () => {
  it('has method, path and query as the gateway provides them', () => {
    expect(fromHttpEvent(event())).toMatchObject({
      requestId: 'request-1',
      method: 'POST',
      path: '/api/links/fetch',
      query: 'a=1&b=%20',
    });
  });

  it('has header names in lower case, and joined values as they come', () => {
    const headers = { 'X-Twice': 'a,b', HOST: 'h', 'x-empty': undefined } as never;
    expect({ ...fromHttpEvent(event({ headers })).headers }).toEqual({ 'x-twice': 'a,b', host: 'h', 'x-empty': '' });
  });

  it('has no header that was not sent, not even a property that every object inherits', () => {
    const { headers } = fromHttpEvent(event());
    for (const name of ['constructor', 'toString', '__proto__', 'valueOf']) expect(headers[name]).toBeUndefined();
  });

  it('has even a header called __proto__', () => {
    const headers = JSON.parse('{"__proto__":"x","host":"h"}');
    expect(Object.entries(fromHttpEvent(event({ headers })).headers)).toContainEqual(['__proto__', 'x']);
  });

  it('has the Host header and the gateway’s own domain name, both in lower case', () => {
    const request = fromHttpEvent(event());
    expect(request.authority).toBe('relay.example.com:443');
    expect(request.gatewayAuthority).toBe('relay.example.com');
  });

  it('has an empty authority without a Host header', () => {
    expect(fromHttpEvent(event({ headers: {} })).authority).toBe('');
  });

  it.each([
    ['text as its UTF-8 bytes', { body: '{"ü":"😀"}' }, Buffer.from('{"ü":"😀"}')],
    ['base64 decoded', { body: '//4AgA==', isBase64Encoded: true }, Buffer.from([0xff, 0xfe, 0, 0x80])],
    ['base64 text that is not marked as such, unchanged', { body: '//4AgA==' }, Buffer.from('//4AgA==')],
    ['nothing as no bytes', { body: undefined as never }, Buffer.alloc(0)],
    ['an empty encoded body as no bytes', { body: '', isBase64Encoded: true }, Buffer.alloc(0)],
  ])('has %s as its body', (_what, overrides, bytes) => {
    expect(Buffer.from(fromHttpEvent(event(overrides)).body)).toEqual(bytes);
  });
});

it('keeps the cache-control of an answer that may be cached', () => {
  const { headers } = toHttpResult({ status: 304, headers: { 'cache-control': 'public, max-age=300' }, body: '' });
  expect(headers).toEqual({ 'cache-control': 'public, max-age=300' });
});

it('returns status, headers and body, marked as not cacheable', () => {
  const answer = { status: 202, headers: { location: '/api/links/job_1' }, body: '{}' };
  expect(toHttpResult(answer)).toEqual({
    statusCode: 202,
    headers: { location: '/api/links/job_1', 'cache-control': 'no-store' },
    body: '{}',
  });
});
