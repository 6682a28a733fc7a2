// URLs that may be requested: schemes, credentials, and literal hosts in every notation of the URL standard.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAddressPolicy } from '../../lib/net/address-policy.ts';
import { parseHttpUrl } from '../../lib/net/http-url.ts';

const policy = createAddressPolicy({ allowCidrs: [] });

const LOOPBACK_NOTATIONS = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://127.0.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.0.0.1/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://0x7F.1/',
  'http://127.0.0.1./',
  'http://１２７.０.０.１/',
  'http://127。0。0。1/',
  'http://127.0.0.%31/',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[64:ff9b::127.0.0.1]/',
  'http:127.0.0.1/',
  'http:\\\\127.0.0.1\\',
  ' http://127.0.0.1/',
  'ht\ntp://127.0.0.1/',
];

test.each(LOOPBACK_NOTATIONS)('refuses the loopback address in %j', (text) => {
  expect(parseHttpUrl(text, { policy })).toMatchObject({ ok: false, problem: 'address_not_global' });
});

test.each([
  ['', 'url_malformed'],
  ['not a url', 'url_malformed'],
  ['/relative', 'url_malformed'],
  ['http://', 'url_malformed'],
  ['http://[::g]/', 'url_malformed'],
  ['http://1.2.3.4.5/', 'url_malformed'],
  ['http://a:99999/', 'url_malformed'],
  ['http://256.256.256.256/', 'url_malformed'],
  ['ftp://example.com/', 'scheme_not_http'],
  ['file:///etc/passwd', 'scheme_not_http'],
  ['javascript:alert(1)', 'scheme_not_http'],
  ['data:text/html,x', 'scheme_not_http'],
  ['intent://x#Intent;end', 'scheme_not_http'],
  ['ws://example.com/', 'scheme_not_http'],
  ['http://user@example.com/', 'credentials_in_url'],
  ['https://user:pass@example.com/', 'credentials_in_url'],
  ['https://:pass@example.com/', 'credentials_in_url'],
  ['https://example.com@127.0.0.1/', 'credentials_in_url'],
])('refuses %j: %s', (text, problem) => {
  expect(parseHttpUrl(text, { policy })).toMatchObject({ ok: false, problem });
});

describe('an accepted URL', () => {
  test('is split into the parts that a request needs', () => {
    expect(parseHttpUrl('HTTPS://Bücher.Example:8443/a b?q=ü#frag', { policy })).toEqual({
      ok: true,
      value: {
        href: 'https://xn--bcher-kva.example:8443/a%20b?q=%C3%BC#frag',
        authority: 'xn--bcher-kva.example:8443',
        hostname: 'xn--bcher-kva.example',
        port: 8443,
        target: '/a%20b?q=%C3%BC',
        secure: true,
        isLiteral: false,
      },
    });
  });

  test('has the default port of its scheme', () => {
    expect(parseHttpUrl('http://example.com:80')).toMatchObject({ value: { authority: 'example.com', port: 80 } });
    expect(parseHttpUrl('https://example.com')).toMatchObject({ value: { authority: 'example.com', port: 443 } });
  });

  test('may be relative to a base', () => {
    expect(parseHttpUrl('../x?y', { base: 'http://a.example/b/c' })).toMatchObject({
      value: { href: 'http://a.example/x?y' },
    });
  });

  test('has an IPv6 hostname without brackets, and an authority with them', () => {
    const parsed = parseHttpUrl('http://[2606:4700::1111]:8080/', { policy });
    expect(parsed).toMatchObject({
      value: { hostname: '2606:4700::1111', authority: '[2606:4700::1111]:8080', isLiteral: true },
    });
  });
});

test('parses the href of every accepted URL to the same URL', () => {
  fc.assert(
    fc.property(fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), fc.string()), (text) => {
      const once = parseHttpUrl(text, { policy });
      if (once.ok) expect(parseHttpUrl(once.value.href, { policy })).toEqual(once);
    }),
  );
});
