// The addresses of this machine and of the networks to which it is attached, as the operating system knows them now.
import { networkInterfaces } from 'node:os';

/**
 * Returns each address of this machine with the prefix of its network, in CIDR notation such as `192.0.2.7/24`. It reads
 * the interfaces at every call, because they change while a program runs.
 */
export function readOwnNetworks(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    // The system names no prefix when the netmask is not one. Then only the address itself counts.
    addresses.map(({ address, cidr, family }) => cidr ?? `${address}/${family === 'IPv4' ? 32 : 128}`),
  );
}
