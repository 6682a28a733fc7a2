// The address and port of an emulator that refuses nobody.
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findLoopbackPlace } from '../../../../lib/local/cloud/base/loopback-place.ts';

test('is another address of this machine each time, and its port is free', async () => {
  const places = [await findLoopbackPlace(), await findLoopbackPlace()];
  expect(new Set(places.map(({ host }) => host)).size).toBe(2);
  for (const { host, port } of places) {
    expect(host).toMatch(/^127\.(?!0\.)/);
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  }
});

test('is on 127.0.0.1 where the machine does not have the address', async () => {
  // An address for documentation, which no machine has. Source: RFC 5737.
  expect(await findLoopbackPlace('192.0.2.1')).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
});
