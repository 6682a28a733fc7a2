// The addresses that a connection may use: refused ones in every notation, and those that no setting opens.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAddressPolicy } from '../../lib/net/address-policy.ts';
import { anyText } from '../support/any-text.ts';

const closed = createAddressPolicy({ allowCidrs: [] });
const wideOpen = createAddressPolicy({ allowCidrs: ['0.0.0.0/0', '::/0'] });

const REFUSED: readonly (readonly [string, string])[] = [
  ['0.0.0.0', 'this host'],
  ['0.1.2.3', 'this network'],
  ['10.0.0.1', 'private'],
  ['100.64.0.1', 'carrier-grade NAT'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['169.254.169.254', 'metadata'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.0.0.1', 'protocol assignments'],
  ['192.0.2.1', 'documentation'],
  ['192.88.99.1', '6to4 relay'],
  ['192.168.1.1', 'private'],
  ['198.18.0.1', 'benchmarking'],
  ['198.19.255.255', 'benchmarking'],
  ['198.51.100.1', 'documentation'],
  ['203.0.113.1', 'documentation'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::127.0.0.1', 'IPv4-compatible'],
  ['::7f00:1', 'IPv4-compatible'],
  ['::8.8.8.8', 'IPv4-compatible, global inside'],
  ['::808:808', 'IPv4-compatible, global inside'],
  ['::ffff:127.0.0.1', 'IPv4-mapped'],
  ['::ffff:7f00:1', 'IPv4-mapped'],
  ['0:0:0:0:0:ffff:10.0.0.1', 'IPv4-mapped'],
  ['::ffff:0:127.0.0.1', 'IPv4-translated'],
  ['64:ff9b::127.0.0.1', 'NAT64'],
  ['64:ff9b::a00:1', 'NAT64'],
  ['64:ff9b:1::808:808', 'local NAT64'],
  ['2002:7f00:1::', '6to4'],
  ['2002:808:808::', '6to4, global inside'],
  ['2001:0:7f00:1::', 'Teredo server'],
  ['2001:0:808:808:0:0:80ff:fffe', 'Teredo client'],
  ['2606:4700::5efe:a00:1', 'ISATAP'],
  ['2606:4700:0:0:200:5efe:7f00:1', 'ISATAP'],
  ['100::1', 'discard'],
  ['2001:2::1', 'benchmarking'],
  ['2001:10::1', 'ORCHID'],
  ['2001:20::1', 'ORCHIDv2'],
  ['2001:db8::1', 'documentation'],
  ['3fff::1', 'documentation'],
  ['5f00::1', 'segment routing'],
  ['4000::1', 'unallocated'],
  ['fc00::1', 'unique local'],
  ['fd00:ec2::254', 'metadata'],
  ['fe80::1', 'link local'],
  ['fe80::1%eth0', 'zone'],
  ['2606:4700::1%eth0', 'zone on a global address'],
  ['fec0::1', 'site local'],
  ['ff02::1', 'multicast'],
];

const NONSENSE = [
  '',
  ' ',
  'localhost',
  '1.2.3',
  '0x7f.1',
  '2130706433',
  '017700000001',
  '127.0.0.1 ',
  '1.2.3.4.5',
  '::g',
  '[::1]',
  '8.8.8.8/32',
];

const GLOBAL: readonly (readonly [string, string])[] = [
  ['8.8.8.8', '8.8.8.8'],
  ['1.1.1.1', '1.1.1.1'],
  ['172.32.0.1', '172.32.0.1'],
  ['100.128.0.1', '100.128.0.1'],
  ['::ffff:8.8.8.8', '8.8.8.8'],
  ['::ffff:808:808', '8.8.8.8'],
  ['64:ff9b::8.8.8.8', '64:ff9b::808:808'],
  ['2606:4700:4700::1111', '2606:4700:4700::1111'],
  ['2A00:1450:4001:0:0:0:0:200e', '2a00:1450:4001::200e'],
];

test.each(REFUSED)('refuses %s (%s)', (address) => {
  expect(closed.decide(address, 443)).toMatchObject({ ok: false, problem: 'address_not_global' });
});

test.each(NONSENSE)('refuses a text that is not an address: "%s"', (text) => {
  expect(wideOpen.decide(text, 443)).toMatchObject({ ok: false });
});

test.each(GLOBAL)('accepts %s as %s', (address, canonical) => {
  expect(closed.decide(address, 443)).toEqual({ ok: true, value: canonical });
});

describe('allowed ranges', () => {
  const demo = createAddressPolicy({ allowCidrs: ['127.0.0.0/8', ' fd12::/16 '] });

  test.each(['127.0.0.1', '127.9.9.9', '::ffff:127.0.0.1', 'fd12::1'])('open %s', (address) => {
    expect(demo.decide(address, 8080).ok).toBe(true);
  });

  test.each(['10.0.0.1', '::1', '::127.0.0.1', '64:ff9b::127.0.0.1', 'fd13::1', '128.0.0.1%x'])(
    'do not open %s',
    (address) => {
      expect(demo.decide(address, 8080).ok).toBe(false);
    },
  );

  test.each([
    '169.254.169.254',
    '169.254.0.1',
    '::ffff:169.254.169.254',
    '::169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::',
    '2001:0:a9fe:a9fe::',
    'fd00:ec2::254',
  ])('never open %s', (address) => {
    expect(wideOpen.decide(address, 80).ok).toBe(false);
  });

  test.each(['127.0.0.1', '127.0.0.2', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1'])(
    'never open %s on port 9001',
    (address) => {
      expect(wideOpen.decide(address, 9001).ok).toBe(false);
      expect(wideOpen.decide(address, 9002).ok).toBe(true);
    },
  );

  test.each([
    '127.0.0.1',
    '127.0.0.0/33',
    '::/129',
    'localhost/8',
    '10/8',
    '',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '010.0.0.0/8',
  ])('must be well formed, and the error names "%s"', (cidr) => {
    expect(() => createAddressPolicy({ allowCidrs: ['10.0.0.0/8', cidr] })).toThrow(
      `"${cidr}" is not an address range`,
    );
  });
});

const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet);
const hex = ([a, b, c, d]: readonly [number, number, number, number]) =>
  `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;

describe('for every IPv4 address', () => {
  test('the mapped form gets the same verdict as the address itself', () => {
    fc.assert(
      fc.property(ipv4, (octets) => {
        expect(closed.decide(`::ffff:${hex(octets)}`, 80)).toEqual(closed.decide(octets.join('.'), 80));
      }),
    );
  });

  test('no IPv6 form is allowed when the address itself is refused', () => {
    const forms = [
      (text: string) => `64:ff9b::${text}`,
      (text: string) => `2002:${text}::1`,
      (text: string) => `::${text}`,
    ];
    fc.assert(
      fc.property(ipv4, fc.constantFrom(...forms), (octets, form) => {
        const inner = closed.decide(octets.join('.'), 80);
        expect(inner.ok || !closed.decide(form(hex(octets)), 80).ok).toBe(true);
      }),
    );
  });
});

test('refuses IPv6 addresses outside 2000::/3 and 64:ff9b::/96', () => {
  const part = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.array(part, { minLength: 8, maxLength: 8 }), (parts) => {
      fc.pre((parts[0] ?? 0) >> 13 !== 1 && !(parts[0] === 0x64 && parts[1] === 0xff9b) && parts[0] !== 0);
      expect(closed.decide(parts.map((value) => value.toString(16)).join(':'), 80).ok).toBe(false);
    }),
  );
});

test('returns a verdict for any text', () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      expect(typeof closed.decide(text, 80).ok).toBe('boolean');
    }),
  );
});
