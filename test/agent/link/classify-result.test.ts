// Trails and their conclusions.
import { describe, expect, test } from 'vitest';
import { classifyResult, isExpectedHost } from '../../../agent/link/classify-result.ts';
import type { TrailEnding } from '../../../agent/link/trail.ts';
import { ERROR_LIMIT_CHARACTERS, REASONS_BY_CONCLUSION } from '../../../lib/protocol/evidence/evidence.ts';

const answered = (status: number, href = 'https://shop.example.com/x', headers = {}): TrailEnding => ({
  kind: 'answered',
  finalUrl: new URL(href),
  answer: {
    kind: 'answer',
    status,
    headers,
    body: new Uint8Array(),
    truncated: false,
    address: '1.1.1.1',
    timing: { totalMs: 1 },
  },
});

const ROWS: readonly (readonly [TrailEnding, string, string])[] = [
  [answered(200), 'valid', 'final_ok'],
  [answered(204), 'valid', 'final_ok'],
  [answered(401), 'blocked', 'status_401'],
  [answered(403), 'blocked', 'status_403'],
  [answered(429), 'blocked', 'status_429'],
  [answered(451), 'blocked', 'status_451'],
  [answered(403, 'https://a.example/', { 'cf-mitigated': 'challenge' }), 'blocked', 'bot_wall'],
  [answered(400), 'broken', 'status_client_error'],
  [answered(404), 'broken', 'status_client_error'],
  [answered(410), 'broken', 'status_client_error'],
  [answered(500), 'broken', 'status_server_error'],
  [answered(503), 'broken', 'status_server_error'],
  [answered(999), 'broken', 'status_server_error'],
  [answered(302), 'broken', 'redirect_without_location'],
  [answered(304), 'broken', 'redirect_without_location'],
  [{ kind: 'failed', failure: 'refused_address', message: 'm' }, 'unsafe_target', 'address_not_global'],
  [{ kind: 'failed', failure: 'dns_failed', message: 'm' }, 'unreachable', 'dns_failed'],
  [{ kind: 'failed', failure: 'connection_failed', message: 'm' }, 'unreachable', 'connection_failed'],
  [{ kind: 'failed', failure: 'tls_failed', message: 'm' }, 'unreachable', 'tls_failed'],
  [{ kind: 'failed', failure: 'http_malformed', message: 'm' }, 'unreachable', 'http_malformed'],
  [{ kind: 'timed_out', limit: 'hop_timeout' }, 'timeout', 'hop_timeout'],
  [{ kind: 'timed_out', limit: 'total_timeout' }, 'timeout', 'total_timeout'],
  [{ kind: 'refused', problem: 'scheme_not_http', message: 'm' }, 'unsafe_target', 'scheme_not_http'],
  [{ kind: 'url_repeated', url: 'https://a.example/' }, 'redirect_loop', 'url_repeated'],
  [{ kind: 'hop_limit' }, 'too_many_redirects', 'hop_limit'],
  [{ kind: 'agent_error', message: 'm' }, 'inconclusive', 'agent_error'],
];

test.each(ROWS)('%j concludes %s (%s)', (ending, conclusion, reason) => {
  const finding = classifyResult({ hops: [], ending });
  expect(finding).toMatchObject({ conclusion, reason });
  expect(REASONS_BY_CONCLUSION[finding.conclusion]).toContain(finding.reason);
  expect(finding.error === undefined).toBe(conclusion === 'valid');
  expect(finding.finalUrl === undefined).toBe(ending.kind !== 'answered');
});

test('limits the length of an error sentence, for any quoted text', () => {
  const finding = classifyResult({ hops: [], ending: { kind: 'agent_error', message: 'x'.repeat(10_000) } });
  expect(finding.error).toHaveLength(ERROR_LIMIT_CHARACTERS);
});

describe('the expected domain', () => {
  test.each([
    ['example.com', 'example.com', true],
    ['shop.example.com', 'example.com', true],
    ['example.com', 'www.example.com', true],
    ['a.b.example.co.uk', 'example.co.uk', true],
    ['example.com', 'EXAMPLE.com', true],
    ['example.com', 'example.com.', true],
    ['example.com.', 'example.com', true],
    ['example.com', 'https://www.example.com/shop?x', true],
    ['example.com', 'example.com:443', true],
    ['xn--bcher-kva.example', 'bücher.example', true],
    ['example.org', 'example.com', false],
    ['example.com.evil.test', 'example.com', false],
    ['notexample.com', 'example.com', false],
    ['other.co.uk', 'example.co.uk', false],
    ['example.co.uk', 'co.uk', false],
    ['evil.github.io', 'good.github.io', false],
    ['good.github.io', 'good.github.io', true],
    ['shop.myshopify.com', 'myshopify.com', true],
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.1:8080', true],
    ['127.0.0.2', '127.0.0.1', false],
    ['localhost', 'localhost', true],
    ['[::1]', '[::1]', true],
    ['localhost', 'example.com', false],
    ['example.com', '', false],
    ['example.com', 'not a domain', false],
    ['example.com', 'com', false],
  ])('decides whether %s is the expected %j: %s', (hostname, expected, fits) => {
    expect(isExpectedHost(hostname, expected)).toBe(fits);
  });

  test('matters only for successful answers', () => {
    const at = (status: number, expected?: string) => classifyResult({ hops: [], ending: answered(status) }, expected);
    expect(at(200, 'example.com')).toMatchObject({ conclusion: 'valid' });
    expect(at(200, 'other.example')).toMatchObject({
      conclusion: 'changed',
      reason: 'final_domain_differs',
      finalUrl: 'https://shop.example.com/x',
    });
    expect(at(404, 'other.example')).toMatchObject({ conclusion: 'broken' });
  });
});
