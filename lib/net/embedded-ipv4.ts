// IPv4 addresses inside IPv6 addresses: every transition scheme that a kernel or a gateway may unwrap.
import ipaddr from 'ipaddr.js';

/** One transition scheme. */
interface EmbeddingRow {
  readonly scheme: string;
  /** Returns true for an address of this scheme. `parts` are its eight 16-bit parts. */
  readonly matches: (parts: readonly number[]) => boolean;
  /** For each embedded address, the index of its upper 16-bit part. */
  readonly at: readonly number[];
  /** True when all bits of the embedded address are inverted, as in Teredo. */
  readonly inverted?: boolean;
}

const startsWith = (parts: readonly number[], prefix: readonly number[]) =>
  prefix.every((part, index) => parts[index] === part);

const EMBEDDINGS: readonly EmbeddingRow[] = [
  { scheme: 'ipv4-mapped (RFC 4291)', matches: (parts) => startsWith(parts, [0, 0, 0, 0, 0, 0xffff]), at: [6] },
  { scheme: 'ipv4-compatible (RFC 4291)', matches: (parts) => startsWith(parts, [0, 0, 0, 0, 0, 0]), at: [6] },
  { scheme: 'ipv4-translated (RFC 7915)', matches: (parts) => startsWith(parts, [0, 0, 0, 0, 0xffff, 0]), at: [6] },
  { scheme: 'nat64 (RFC 6052)', matches: (parts) => startsWith(parts, [0x64, 0xff9b, 0, 0, 0, 0]), at: [6] },
  { scheme: 'local nat64 (RFC 8215)', matches: (parts) => startsWith(parts, [0x64, 0xff9b, 1]), at: [6] },
  { scheme: '6to4 (RFC 3056)', matches: (parts) => startsWith(parts, [0x2002]), at: [1] },
  { scheme: 'teredo server (RFC 4380)', matches: (parts) => startsWith(parts, [0x2001, 0]), at: [2] },
  { scheme: 'teredo client (RFC 4380)', matches: (parts) => startsWith(parts, [0x2001, 0]), at: [6], inverted: true },
  { scheme: 'isatap (RFC 5214)', matches: (parts) => isIsatap(parts), at: [6] },
];

function isIsatap(parts: readonly number[]): boolean {
  return (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe;
}

/** Returns every IPv4 address to which a kernel or gateway might translate this IPv6 address. */
export function embeddedIpv4(address: ipaddr.IPv6): readonly ipaddr.IPv4[] {
  const rows = EMBEDDINGS.filter((row) => row.matches(address.parts));
  return rows.flatMap((row) => row.at.map((index) => readIpv4(address.parts, index, row.inverted ?? false)));
}

/**
 * Returns true for an address with the well-known NAT64 prefix (RFC 6052). A desktop in an IPv6-only network reaches the
 * IPv4 web through such addresses.
 */
export function isNat64(address: ipaddr.IPv6): boolean {
  return startsWith(address.parts, [0x64, 0xff9b, 0, 0, 0, 0]);
}

function readIpv4(parts: readonly number[], index: number, inverted: boolean): ipaddr.IPv4 {
  const octets = [parts[index] ?? 0, parts[index + 1] ?? 0].flatMap((part) => [part >> 8, part & 0xff]);
  return new ipaddr.IPv4(inverted ? octets.map((octet) => octet ^ 0xff) : octets);
}
