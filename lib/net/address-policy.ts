// Which addresses a connection may use: global unicast only, unless a range is opened. Agent and webhook sender share it.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { accept, refuse, type Verdict } from '../protocol/verdict.ts';
import { embeddedIpv4, isNat64 } from './embedded-ipv4.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Cidr = [Address, number];

/** The settings of an address policy. */
export interface AddressPolicyOptions {
  /** Ranges to open, such as `127.0.0.0/8` for the demo. Lambda's own addresses are closed even inside such a range. */
  readonly allowCidrs: readonly string[];
}

/** Decides whether a connection to an address is allowed. */
export interface AddressPolicy {
  /**
   * Returns the address in canonical form, or refuses it. `addressText` is untrusted and comes from DNS, a URL or a
   * socket. It must be an IP address, never a name.
   */
  decide(addressText: string, port: number): Verdict<string, 'address_not_global'>;
}

/** Ranges that no option opens: the instance metadata and the credentials of AWS, in IPv4 and IPv6. */
const ALWAYS_CLOSED: readonly Cidr[] = ['169.254.0.0/16', 'fd00:ec2::/32'].map((text) => ipaddr.parseCIDR(text));

/** The port of the Lambda runtime API on `OWN_MACHINE`. A connection to `0.0.0.0` or `::` reaches this machine too. */
const RUNTIME_API_PORT = 9001;
const OWN_MACHINE: readonly Cidr[] = ['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128'].map((text) =>
  ipaddr.parseCIDR(text),
);

/** The only IPv6 range that is allocated for the public Internet (RFC 4291, section 2.4). */
const IPV6_GLOBAL: Cidr = ipaddr.parseCIDR('2000::/3');

/**
 * Returns a policy that allows global unicast addresses and the opened ranges.
 * @throws Error that names the first range that is not in CIDR notation.
 */
export function createAddressPolicy(options: AddressPolicyOptions): AddressPolicy {
  const opened = options.allowCidrs.map(parseCidr);
  return {
    decide(addressText, port) {
      const address = parseAddress(addressText);
      if (!address) return refuse('address_not_global', 'not an IP address');
      if (isAlwaysClosed(address, port)) return refuse('address_not_global', `${address} is never allowed`);
      if (isInside(address, opened) || isGlobal(address)) return accept(address.toString());
      return refuse('address_not_global', `${address} is ${rangeOf(address)}, not global unicast`);
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
