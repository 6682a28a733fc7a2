// Runs in a network namespace whose loopback has global addresses: serves HTTP on them, and requests them with two policies.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAddressPolicy } from '../../lib/net/address-policy.ts';
import { guardedRequest } from '../../lib/net/guarded-request.ts';
import { readOwnNetworks } from '../../lib/net/own-networks.ts';

const POLICIES = {
  without: createAddressPolicy({ allowCidrs: [] }),
  guarded: createAddressPolicy({ allowCidrs: [], ownNetworks: readOwnNetworks }),
  opened: createAddressPolicy({ allowCidrs: process.argv.slice(3), ownNetworks: readOwnNetworks }),
};

const server = createServer((_request, response) => response.end('own'));
server.listen(0, '::', async () => {
  const { port } = server.address() as AddressInfo;
  const outcomes: Record<string, string> = {};
  for (const host of (process.argv[2] ?? '').split(','))
    for (const [name, policy] of Object.entries(POLICIES)) {
      const result = await guardedRequest(
        { method: 'GET', url: `http://${host}:${port}/`, timeoutMs: 10_000, bodyLimitBytes: 10 },
        { policy, lookup: async () => ['2a0b:cafe::1'] },
      );
      outcomes[`${host} ${name}`] = result.kind === 'answer' ? String(result.status) : result.failure;
    }
  console.log(JSON.stringify(outcomes));
  server.close();
});
