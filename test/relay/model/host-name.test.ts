// The hosts that `expectedDomain` may name, and what each fault is answered with.
import { describe, expect, it } from 'vitest';
import { findHostFault } from '../../../lib/relay/model/host-name.ts';
import { createWorld, sampleSubmission } from '../../support/relay/world.ts';

describe('a host', () => {
  it.each([
    'example.com',
    'Shop.Example.COM',
    'localhost',
    'a',
    'xn--bcher-kva.example',
    'bücher.example',
    'пример.рф',
    'my_shop.example',
    'example.com.',
    '127.0.0.1',
    '[2001:db8::1]',
    `${'a'.repeat(63)}.example`,
  ])('is accepted, and stored as it was submitted: %s', async (expectedDomain) => {
    const { status, json } = await (await createWorld()).submit(sampleSubmission({ expectedDomain }));
    expect([status, json.expectedDomain]).toEqual([202, expectedDomain]);
  });
});

describe('any other text', () => {
  it.each([
    ['', /must not be empty/],
    [' example.com', /no spaces/],
    ['example.com\n', /no spaces/],
    ['*.example', /no wildcard/],
    ['https://example.com', /without a scheme/],
    ['example.com/shop', /without a path/],
    ['example.com?a', /without a path/],
    ['me@example.com', /without a user name/],
    ['example.com:443', /without a port/],
    ['[2001:db8::1]:443', /without a port/],
    ['<script>', /domain or host name/],
    ['2001:db8::1', /domain or host name/],
    ['0x7f.1', /domain or host name/],
    ['1.2.3', /domain or host name/],
    ['%65xample.com', /domain or host name/],
    ['-a.example', /domain or host name/],
    ['a..example', /domain or host name/],
    ['.', /domain or host name/],
    [`${'a'.repeat(64)}.example`, /domain or host name/],
    [`${'abc.'.repeat(64)}example`, /domain or host name/],
    ['😀\0', /control characters/],
  ])('is refused with what to change: %j', async (expectedDomain, message) => {
    expect(findHostFault(expectedDomain)).toMatch(message);
    const { status, json } = await (await createWorld()).submit(sampleSubmission({ expectedDomain }));
    expect([status, json.code]).toEqual([422, 'validation_failed']);
    expect(json.errors).toEqual([{ path: '/expectedDomain', message: expect.stringMatching(message) }]);
  });
});
