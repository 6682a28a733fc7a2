// IPv4 addresses that hide inside IPv6 ones: every transition scheme that a kernel or a gateway may unwrap.
import ipaddr from 'ipaddr.js';

/** One scheme: when an address is of it (by its eight 16-bit parts), and the IPv4 addresses that it carries. */
interface EmbeddingRow {
  readonly scheme: string;
  readonly isOf: (parts: readonly number[]) => boolean;
  /** Indexes of the upper 16-bit part of each carried address. */
  readonly at: readonly number[];
  /** Teredo carries the client's address with all bits turned. */
  readonly turned?: boolean;
}

const startsWith = (parts: readonly number[], prefix: readonly number[]) =>
  prefix.every((part, index) => parts[index] === part);

const EMBEDDINGS: readonly EmbeddingRow[] = [
  { scheme: 'ipv4-mapped (RFC 4291)', isOf: (parts) => startsWith(parts, [0, 0, 0, 0, 0, 0xffff]), at: [6] },
  { scheme: 'ipv4-compatible (RFC 4291)', isOf: (parts) => startsWith(parts, [0, 0, 0, 0, 0, 0]), at: [6] },
  { scheme: 'ipv4-translated (RFC 7915)', isOf: (parts) => startsWith(parts, [0, 0, 0, 0, 0xffff, 0]), at: [6] },
  { scheme: 'nat64 (RFC 6052)', isOf: (parts) => startsWith(parts, [0x64, 0xff9b, 0, 0, 0, 0]), at: [6] },
  { scheme: 'local nat64 (RFC 8215)', isOf: (parts) => startsWith(parts, [0x64, 0xff9b, 1]), at: [6] },
  { scheme: '6to4 (RFC 3056)', isOf: (parts) => startsWith(parts, [0x2002]), at: [1] },
  { scheme: 'teredo server (RFC 4380)', isOf: (parts) => startsWith(parts, [0x2001, 0]), at: [2] },
  { scheme: 'teredo client (RFC 4380)', isOf: (parts) => startsWith(parts, [0x2001, 0]), at: [6], turned: true },
  { scheme: 'isatap (RFC 5214)', isOf: (parts) => isIsatap(parts), at: [6] },
];

function isIsatap(parts: readonly number[]): boolean {
  return (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe;
}

/** All IPv4 addresses that this IPv6 address could be unwrapped to. */
export function embeddedIpv4(address: ipaddr.IPv6): readonly ipaddr.IPv4[] {
  const rows = EMBEDDINGS.filter((row) => row.isOf(address.parts));
  return rows.flatMap((row) => row.at.map((index) => readIpv4(address.parts, index, row.turned ?? false)));
}

/** True for the NAT64 well-known prefix: how a desktop on an IPv6-only network reaches the IPv4 web. */
export function isNat64(address: ipaddr.IPv6): boolean {
  return startsWith(address.parts, [0x64, 0xff9b, 0, 0, 0, 0]);
}

function readIpv4(parts: readonly number[], index: number, turned: boolean): ipaddr.IPv4 {
  const octets = [parts[index] ?? 0, parts[index + 1] ?? 0].flatMap((part) => [part >> 8, part & 0xff]);
  return new ipaddr.IPv4(turned ? octets.map((octet) => octet ^ 0xff) : octets);
}
