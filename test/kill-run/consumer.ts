// A webhook consumer in the test's process. It checks signatures with the npm package `standardwebhooks`.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { JobEvent } from '../../lib/protocol/messages.ts';

export interface ReceivedDelivery {
  readonly id: string;
  readonly event: JobEvent;
  readonly isGenuine: boolean;
}

export interface Consumer {
  readonly url: string;
  readonly deliveries: readonly ReceivedDelivery[];
  /** Returns the number of jobs that have a delivery. */
  jobCount(): number;
  /** Sets the secret that signatures are checked with. Until then no delivery is genuine. */
  useSecret(secret: string): void;
  stop(): void;
}

/** Starts the consumer on a free port. */
export async function startConsumer(): Promise<Consumer> {
  const deliveries: ReceivedDelivery[] = [];
  const jobs = new Set<string>();
  let webhook: Webhook | undefined;
  const server = createServer(async (request, response) => {
    const body = String(Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)));
    const event = JSON.parse(body) as JobEvent;
    const header = (name: string) => String(request.headers[name]);
    const [id, time, signatures] = ['id', 'timestamp', 'signature'].map((name) => header(`webhook-${name}`));
    // The package's `verify` uses this machine's clock, and the relay's clock is ahead of it.
    const expected = webhook?.sign(id ?? '', new Date(Number(time) * 1000), body);
    const isGenuine = (signatures ?? '').split(' ').some((signature) => signature === expected);
    deliveries.push({ id: id ?? '', event, isGenuine });
    jobs.add(event.data.job?.jobId);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    deliveries,
    jobCount: () => jobs.size,
    useSecret(secret) {
      webhook = new Webhook(secret);
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
