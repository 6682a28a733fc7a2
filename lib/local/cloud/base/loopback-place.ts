// A free address for an emulator that cannot refuse anybody: one that other programs do not guess.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** An address of this machine, and a port that was free a moment ago. */
export interface LoopbackPlace {
  readonly host: string;
  readonly port: number;
}

/**
 * Returns a random address of 127.0.0.0/8 with a free port. A web page can send requests to any address of this machine
 * and try all its ports, but not 16 million addresses. Other programs of this machine can look the address up.
 * Where the machine does not have the address, the place is on 127.0.0.1.
 */
export async function findLoopbackPlace(host = randomLoopbackAddress()): Promise<LoopbackPlace> {
  return (await tryHost(host)) ?? (await tryHost('127.0.0.1')) ?? noPlace();
}

/** It is never 127.0.0.1, and neither the first nor the last address of a network. */
function randomLoopbackAddress(): string {
  return `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
}

/** Returns undefined when the machine does not have the address. */
function tryHost(host: string): Promise<LoopbackPlace | undefined> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(undefined));
    probe.listen(0, host, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve({ host, port }));
    });
  });
}

function noPlace(): never {
  throw new Error('This machine has no free port on 127.0.0.1.');
}
