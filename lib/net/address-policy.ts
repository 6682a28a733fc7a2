// Where a connection may go: deny by default outside global unicast, pure, for the agent and the webhook sender alike.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { accept, refuse, type Verdict } from '../protocol/verdict.ts';
import { embeddedIpv4, isNat64 } from './embedded-ipv4.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Cidr = [Address, number];

export interface AddressPolicyOptions {
  /** Ranges opened on purpose, such as `127.0.0.0/8` for the demo. Lambda's own addresses stay closed. */
  readonly allowCidrs: readonly string[];
}

export interface AddressPolicy {
  /** Decides on one address, untrusted, as DNS or a socket gives it; never on a name. The accepted value is canonical. */
  decide(addressText: string, port: number): Verdict<string, 'address_not_global'>;
}

/** Closed whatever is allowed: the instance metadata and credentials of AWS, in both families. */
const ALWAYS_CLOSED: readonly Cidr[] = ['169.254.0.0/16', 'fd00:ec2::/32'].map((text) => ipaddr.parseCIDR(text));

/** The Lambda runtime API; `0.0.0.0` and `::` connect to the same machine. */
const RUNTIME_API_PORT = 9001;
const OWN_MACHINE: readonly Cidr[] = ['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128'].map((text) =>
  ipaddr.parseCIDR(text),
);

/** The only part of IPv6 that is given out for the public Internet (RFC 4291, section 2.4). */
const IPV6_GLOBAL: Cidr = ipaddr.parseCIDR('2000::/3');

/** @throws Error naming the first range that is not a CIDR: a setting half understood would be worse than none. */
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
 * Strict: the loose notations (`0x7f.1`, zones) are for the URL parser to undo or for us to refuse.
 * IPv6 goes through the URL parser once more, because ipaddr.js reads `::8.8.8.8` as if it were `::ffff:8.8.8.8`.
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
    (each) => isInside(each, ALWAYS_CLOSED) || (port === RUNTIME_API_PORT && isInside(each, OWN_MACHINE)),
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
