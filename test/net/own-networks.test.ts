// The machine's own addresses and networks: refused although they are global, unless their range is opened.
import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { createAddressPolicy } from '../../lib/net/address-policy.ts';
import { readOwnNetworks } from '../../lib/net/own-networks.ts';
import { SERVICE_ADDRESSES } from '../../lib/net/service-addresses.ts';
import { createTargetPolicy } from '../../lib/relay/delivery/target-policy.ts';

const OWN = [
  '127.0.0.1/8',
  '192.168.1.5/24',
  '11.22.33.44/29',
  '2a0b:cafe:0:1::5/64',
  'fe80::1/64',
  '2a0b:beef::7/128',
];
const policyOf = (ownNetworks: readonly string[], allowCidrs: readonly string[] = []) =>
  createAddressPolicy({ allowCidrs, ownNetworks: () => ownNetworks });
const own = policyOf(OWN);

describe('refuses as its own', () => {
  test.each([
    ['11.22.33.44', 'the address itself'],
    ['11.22.33.41', 'a neighbour'],
    ['11.22.33.47', 'the last of the network'],
    ['::ffff:11.22.33.44', 'the address, mapped into IPv6'],
    ['::ffff:b16:2129', 'a neighbour, mapped into IPv6'],
    ['64:ff9b::11.22.33.44', 'the address, behind NAT64'],
    ['2a0b:cafe:0:1::5', 'the address itself'],
    ['2A0B:CAFE:0:1:0:0:0:5', 'the address in another notation'],
    ['2a0b:cafe:0:1:ffff::9', 'an IPv6 neighbour'],
    ['2a0b:beef::7', 'an address with a prefix of its own'],
  ])('%s (%s)', (address) => {
    expect(own.decide(address, 443)).toMatchObject({ ok: false, problem: 'address_own_network' });
  });
});

test.each(['11.22.33.39', '11.22.33.48', '2a0b:cafe:0:2::5', '2a0b:beef::8', '8.8.8.8', '64:ff9b::808:808'])(
  'allows %s, which is outside its networks',
  (address) => {
    expect(own.decide(address, 443).ok).toBe(true);
  },
);

test.each(['127.0.0.1', '192.168.1.5', '192.168.1.6', 'fe80::1', '2002:b16:212c::1'])(
  'refuses %s as not global, whether it is its own or not',
  (address) => {
    expect(own.decide(address, 443)).toMatchObject({ ok: false, problem: 'address_not_global' });
  },
);

test('allows what an operator opens', () => {
  const opened = policyOf(OWN, ['11.22.33.40/29', '2a0b:cafe:0:1::/64']);
  for (const address of ['11.22.33.44', '::ffff:11.22.33.41', '2a0b:cafe:0:1::9'])
    expect(opened.decide(address, 80).ok).toBe(true);
  expect(opened.decide('2a0b:beef::7', 80).ok).toBe(false);
});

test('takes a network with a very short prefix for its address alone, as of a tunnel that leads to the Internet', () => {
  const tunnel = policyOf(['11.0.0.2/1', '2a0b:cafe::5/3']);
  expect(tunnel.decide('11.0.0.2', 443)).toMatchObject({ problem: 'address_own_network' });
  expect(tunnel.decide('2a0b:cafe::5', 443)).toMatchObject({ problem: 'address_own_network' });
  expect(tunnel.decide('8.8.8.8', 443).ok).toBe(true);
  expect(tunnel.decide('2606:4700::1111', 443).ok).toBe(true);
});

test('asks for the networks at every decision, because interfaces change', () => {
  const networks: string[] = [];
  const policy = policyOf(networks);
  expect(policy.decide('11.22.33.44', 443).ok).toBe(true);
  networks.push('11.22.33.1/24');
  expect(policy.decide('11.22.33.44', 443).ok).toBe(false);
});

test.each(SERVICE_ADDRESSES)('never opens $range ($service)', ({ range, source }) => {
  const [address = ''] = range.split('/');
  const open = createAddressPolicy({ allowCidrs: ['0.0.0.0/0', '::/0'] });
  const embedded = address.includes('.') ? [`::ffff:${address}`, `64:ff9b::${address}`] : [];
  for (const text of [address, ...embedded]) expect(open.decide(text, 80), text).toMatchObject({ ok: false });
  expect(source).toMatch(/^https:\/\//);
});

test('refuses the service address of Azure without any setting, although it is in public space', () => {
  expect(createAddressPolicy({ allowCidrs: [] }).decide('168.63.129.16', 80)).toMatchObject({
    ok: false,
    problem: 'address_not_global',
    reason: '168.63.129.16 is never allowed',
  });
  expect(createAddressPolicy({ allowCidrs: [] }).decide('168.63.129.17', 80).ok).toBe(true);
});

test('closes the networks of the machine that delivers to webhooks too', () => {
  const { addresses } = createTargetPolicy([], () => OWN);
  expect(addresses.decide('2a0b:cafe:0:1::9', 443)).toMatchObject({ problem: 'address_own_network' });
});

test('reads every address of this machine, in a form that the policy accepts', () => {
  const addresses = Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => address));
  const networks = readOwnNetworks();
  expect(networks.map((text) => text.split('/')[0])).toEqual(addresses);
  expect(policyOf(networks).decide('8.8.8.8', 443).ok).toBe(true);
});

// A namespace of its own gives a process global addresses without a change of the machine. Not every machine permits one.
const NAMESPACE = ['unshare', '--user', '--map-root-user', '--net', 'sh', '-c'] as const;
const ADDRESSES =
  'ip link set lo up && ip addr add 11.22.33.44/24 dev lo && ip -6 addr add 2a0b:cafe::1/64 dev lo nodad';
const [command, ...words] = NAMESPACE;
const hasNamespaces = spawnSync(command, [...words, ADDRESSES]).status === 0;

test.skipIf(!hasNamespaces)('on real sockets, reaches its own global addresses only where they are opened', () => {
  const hosts = '11.22.33.44,11.22.33.99,[2a0b:cafe::1],own.example';
  const program = `exec "${process.execPath}" test/support/own-address-requests.ts ${hosts} 11.22.33.0/24 2a0b:cafe::/64`;
  const { stdout } = spawnSync(command, [...words, `${ADDRESSES} && ${program}`], { encoding: 'utf8' });
  expect(JSON.parse(stdout)).toEqual(
    Object.fromEntries(
      hosts.split(',').flatMap((host) => [
        [`${host} without`, '200'],
        [`${host} guarded`, 'refused_own_network'],
        [`${host} opened`, '200'],
      ]),
    ),
  );
});
