// A webhook consumer as anybody would write it: the npm package `standardwebhooks` decides which deliveries are valid.
import type { IncomingMessage } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { JobView, WebhookEvent } from '../../protocol/messages.ts';
import { type LoopbackServer, listenOnLoopback, readBody } from '../cloud/base/loopback-server.ts';
import { createHistory } from '../history.ts';

/** A delivery, and whether its signature was valid. */
export interface ReceivedDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly verified: boolean;
}

/** The running receiver. */
export interface DemoReceiver extends LoopbackServer {
  /** Where deliveries are posted. A GET lists the received ones. */
  readonly hookUrl: string;
  /** Sets the secret. Until then no delivery is valid. */
  useSecret(secret: string): void;
  /** Resolves with the first valid delivery that matches, past or future, or with undefined after `timeoutMs`. */
  waitFor(matches: (delivery: ReceivedDelivery) => boolean, timeoutMs: number): Promise<ReceivedDelivery | undefined>;
}

/** Returns the job in a delivery. There is none in a quota warning, which a small quota may send first. */
export function jobIn({ body }: ReceivedDelivery): JobView | undefined {
  return (JSON.parse(body) as WebhookEvent).data.job;
}

/** Starts the receiver. Port 0 takes any free port. */
export async function startDemoReceiver(port: number): Promise<DemoReceiver> {
  const history = createHistory<ReceivedDelivery>(1_000);
  let webhook: Webhook | undefined;

  const server = await listenOnLoopback(port, async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(history.all()));
      return;
    }
    const delivery = verify(request, String(await readBody(request)), webhook);
    history.add(delivery);
    response.writeHead(delivery.verified ? 204 : 401).end();
  });

  return {
    ...server,
    hookUrl: `${server.url}/webhooks`,
    useSecret(secret) {
      webhook = new Webhook(secret);
    },
    waitFor: (matches, timeoutMs) => history.waitFor((delivery) => delivery.verified && matches(delivery), timeoutMs),
  };
}

function verify(request: IncomingMessage, body: string, webhook: Webhook | undefined): ReceivedDelivery {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  try {
    webhook?.verify(body, headers);
    return { headers, body, verified: webhook !== undefined };
  } catch {
    return { headers, body, verified: false };
  }
}
