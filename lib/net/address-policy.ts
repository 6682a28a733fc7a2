// Which addresses a connection may use: global unicast only, unless a range is opened. Agent and webhook sender share it.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { accept, refuse, type Verdict } from '../protocol/verdict.ts';
import { embeddedIpv4, isNat64 } from './embedded-ipv4.ts';
import { SERVICE_ADDRESSES } from './service-addresses.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Cidr = [Address, number];

/** The settings of an address policy. */
export interface AddressPolicyOptions {
  /** Ranges to open, such as `127.0.0.0/8` for the demo. Lambda's own addresses are closed even inside such a range. */
  readonly allowCidrs: readonly string[];
  /**
   * Returns the addresses of this machine, each with the prefix of its network, as `192.0.2.7/24`. It is called whenever a
   * decision depends on it. @default none
   */
  readonly ownNetworks?: (() => readonly string[]) | undefined;
}

/**
 * Why an address is refused. `address_own_network`: it is global, but belongs to this machine or to a network to which
 * this machine is attached.
 */
export type AddressProblem = 'address_not_global' | 'address_own_network';

/** Decides whether a connection to an address is allowed. */
export interface AddressPolicy {
  /**
   * Returns the address in canonical form, or refuses it. `addressText` is untrusted and comes from DNS, a URL or a
   * socket. It must be an IP address, never a name.
   */
  decide(addressText: string, port: number): Verdict<string, AddressProblem>;
}

/** Ranges that no option opens. */
const ALWAYS_CLOSED: readonly Cidr[] = SERVICE_ADDRESSES.map(({ range }) => ipaddr.parseCIDR(range));

/** The port of the Lambda runtime API on `OWN_MACHINE`. A connection to `0.0.0.0` or `::` reaches this machine too. */
const RUNTIME_API_PORT = 9001;
const OWN_MACHINE: readonly Cidr[] = ['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128'].map((text) =>
  ipaddr.parseCIDR(text),
);

/** The only IPv6 range that is allocated for the public Internet (RFC 4291, section 2.4). */
const IPV6_GLOBAL: Cidr = ipaddr.parseCIDR('2000::/3');

/**
 * The shortest prefix of an attached network, in bits. No link has more hosts; a tunnel with a shorter prefix leads to the
 * Internet, so only its address counts.
 */
const SHORTEST_NETWORK = { ipv4: 8, ipv6: 32 };

/**
 * Returns a policy that allows the opened ranges, and global unicast addresses outside this machine's own networks.
 * @throws Error that names the first range that is not in CIDR notation.
 */
export function createAddressPolicy(options: AddressPolicyOptions): AddressPolicy {
  const opened = options.allowCidrs.map(parseCidr);
  return {
    decide(addressText, port) {
      const address = parseAddress(addressText);
      if (!address) return refuse('address_not_global', 'not an IP address');
      if (isAlwaysClosed(address, port)) return refuse('address_not_global', `${address} is never allowed`);
      if (isInside(address, opened)) return accept(address.toString());
      if (!isGlobal(address))
        return refuse('address_not_global', `${address} is ${rangeOf(address)}, not global unicast`);
      if (isOwn(address, options.ownNetworks?.()))
        return refuse('address_own_network', `${address} belongs to this machine or to its network`);
      return accept(address.toString());
    },
  };
}

/**
 * Returns the address, or undefined for a text that is not one. Loose notations such as `0x7f.1` and zones are refused;
 * the URL parser has normalized them before, if they came in a URL.
 * The URL parser normalizes IPv6 here too, because ipaddr.js reads `::8.8.8.8` as if it were `::ffff:8.8.8.8`.
 */
function parseAddress(text: string): Address | undefined {
  const family = isIP(text);
  if (family === 0 || text.includes('%')) return undefined;
  return ipaddr.process(family === 6 ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text);
}

function parseCidr(text: string): Cidr {
  const [, address, bits] = /^([0-9a-f:.]+)\/(\d{1,3})$/i.exec(text.trim()) ?? [];
  const family = isIP(address ?? '');
  if (!address || family === 0 || Number(bits) > (family === 4 ? 32 : 128)) {
    throw new Error(`"${text}" is not an address range; one looks like 127.0.0.0/8 or fd00::/8.`);
  }
  return ipaddr.parseCIDR(`${address}/${bits}`);
}

/** A network with too short a prefix counts as its address alone. */
function isOwn(address: Address, networks: readonly string[] = []): boolean {
  const ranges = networks.map((text): Cidr => {
    const [own, bits] = ipaddr.parseCIDR(text);
    return bits < SHORTEST_NETWORK[own.kind()] ? [own, own.toByteArray().length * 8] : [own, bits];
  });
  return withEmbedded(address).some((candidate) => isInside(candidate, ranges));
}

function isAlwaysClosed(address: Address, port: number): boolean {
  return withEmbedded(address).some(
    (candidate) =>
      isInside(candidate, ALWAYS_CLOSED) || (port === RUNTIME_API_PORT && isInside(candidate, OWN_MACHINE)),
  );
}

function isGlobal(address: Address): boolean {
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast';
  if (isNat64(address)) return embeddedIpv4(address).every(isGlobal);
  return address.range() === 'unicast' && address.match(IPV6_GLOBAL) && embeddedIpv4(address).every(isGlobal);
}

function withEmbedded(address: Address): readonly Address[] {
  return address instanceof ipaddr.IPv4 ? [address] : [address, ...embeddedIpv4(address)];
}

function isInside(address: Address, ranges: readonly Cidr[]): boolean {
  return ranges.some((range) => range[0].kind() === address.kind() && address.match(range));
}

function rangeOf(address: Address): string {
  const name = address.range();
  return name === 'unicast' ? 'unallocated' : name;
}
