// A webhook consumer that outlives the relay's ends: keeps every delivery that the npm package `standardwebhooks` would have made.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { JobEvent } from '../../lib/protocol/messages.ts';

export interface KeptDelivery {
  readonly id: string;
  readonly event: JobEvent;
  readonly isGenuine: boolean;
}

export interface Consumer {
  readonly url: string;
  readonly deliveries: readonly KeptDelivery[];
  /** How many jobs it has heard of. */
  jobCount(): number;
  /** Until then nothing is genuine. */
  useSecret(secret: string): void;
  stop(): void;
}

export async function startConsumer(): Promise<Consumer> {
  const deliveries: KeptDelivery[] = [];
  const jobs = new Set<string>();
  let webhook: Webhook | undefined;
  const server = createServer(async (request, response) => {
    const body = String(Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)));
    const event = JSON.parse(body) as JobEvent;
    const header = (name: string) => String(request.headers[name]);
    const [id, time, signatures] = ['id', 'timestamp', 'signature'].map((name) => header(`webhook-${name}`));
    // Its own `verify` looks at this machine's clock, and the relay's is ahead.
    const expected = webhook?.sign(id ?? '', new Date(Number(time) * 1000), body);
    deliveries.push({ id: id ?? '', event, isGenuine: (signatures ?? '').split(' ').some((one) => one === expected) });
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
