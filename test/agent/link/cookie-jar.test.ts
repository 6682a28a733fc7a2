// The cookies of one chain: which hosts receive them, what deletes them, and that malformed ones are skipped.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CookieJar, cookieHeader, cookieNames, storeCookies } from '../../../agent/link/cookie-jar.ts';
import { anyText } from '../../support/any-text.ts';

const NOW = Date.parse('2026-11-22T06:00:00Z');
const secure = new URL('https://a.example/');
const plain = new URL('http://a.example/');

const jarOf = (...lines: string[]): CookieJar => storeCookies([], { url: secure, lines, nowMs: NOW });

test('sends cookies in the order in which they were set, each name with its last value', () => {
  expect(cookieHeader(jarOf('a=1; Path=/x', 'b=2', 'a=3; HttpOnly'), secure)).toBe('b=2; a=3');
});

test.each(['https://b.example/', 'https://sub.a.example/', 'https://example/', 'https://xa.example/'])(
  'sends no cookie of another host to %s',
  (href) => {
    expect(cookieHeader(jarOf('a=1; Domain=example'), new URL(href))).toBeUndefined();
  },
);

test('ignores the port, but sends secure cookies only over https', () => {
  expect(cookieHeader(jarOf('a=1; secure', 'b=2'), new URL('https://a.example:8443/'))).toBe('a=1; b=2');
  expect(cookieHeader(jarOf('a=1; Secure', 'b=2'), plain)).toBe('b=2');
});

describe('deleting a cookie', () => {
  test.each([
    'a=; Max-Age=0',
    'a=x; max-age=-1',
    'a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    'a=; expires=Sat, 21 Nov 2026 06:00:00 GMT',
    'a=; Expires=Fri, 01 Jan 2100 00:00:00 GMT; Max-Age=0',
  ])('deletes it for %s', (line) => {
    expect(cookieHeader(jarOf('a=1', line), secure)).toBeUndefined();
  });

  test.each([
    'a=2; Expires=Mon, 23 Nov 2026 06:00:00 GMT',
    'a=2; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    'a=2; Expires=soon',
    'a=2; Max-Age=x',
  ])('keeps it for %s', (line) => {
    expect(cookieHeader(jarOf('a=1', line), secure)).toBe('a=2');
  });
});

test.each(['', '=', '=v', 'novalue', 'a b=1', 'a=\u0001', 'a=é', 'a=1\r\nx: y', `a=${'x'.repeat(5_000)}`])(
  'skips the malformed cookie %j',
  (line) => {
    expect(jarOf(line)).toEqual([]);
  },
);

test('limits the number of cookies, and sends a valid header for any of them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(anyText(), fc.stringMatching(/^[a-z]{1,3}=[a-z;= ]*$/)), {
        maxLength: 200,
      }),
      (lines) => {
        const jar = jarOf(...lines);
        expect(jar.length).toBeLessThanOrEqual(50);
        expect(cookieHeader(jar, secure) ?? '').toMatch(/^[\x20-\x7e]*$/);
      },
    ),
  );
});

test('returns each name once, and never a value', () => {
  expect(cookieNames(['a=secret', 'a=2', ' b = 3; Path=/', '', '=x'])).toEqual(['a', 'b']);
});
