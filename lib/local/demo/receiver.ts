// A webhook consumer as somebody else would write it: the npm package `standardwebhooks` decides what is genuine.
import type { IncomingMessage } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { JobView, WebhookEvent } from '../../protocol/messages.ts';
import { type LoopbackServer, listenOnLoopback, readBody } from '../cloud/base/loopback-server.ts';
import { createHistory } from '../history.ts';

export interface ReceivedDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly verified: boolean;
}

export interface DemoReceiver extends LoopbackServer {
  /** Where deliveries are posted; a GET lists what came. */
  readonly hookUrl: string;
  /** Until the secret is known nothing is genuine. */
  useSecret(secret: string): void;
  /** The first genuine delivery that fits, now or later; undefined after `timeoutMs`. */
  waitFor(fits: (delivery: ReceivedDelivery) => boolean, timeoutMs: number): Promise<ReceivedDelivery | undefined>;
}

/** The job that a delivery is about; with a small quota the first webhook may be a warning. */
export function jobIn({ body }: ReceivedDelivery): JobView | undefined {
  return (JSON.parse(body) as WebhookEvent).data.job;
}

export async function startDemoReceiver(port: number): Promise<DemoReceiver> {
  const history = createHistory<ReceivedDelivery>(1_000);
  let webhook: Webhook | undefined;

  const server = await listenOnLoopback(port, async (request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(history.all()));
      return;
    }
    const delivery = judge(request, String(await readBody(request)), webhook);
    history.add(delivery);
    response.writeHead(delivery.verified ? 204 : 401).end();
  });

  return {
    ...server,
    hookUrl: `${server.url}/webhooks`,
    useSecret(secret) {
      webhook = new Webhook(secret);
    },
    waitFor: (fits, timeoutMs) => history.waitFor((delivery) => delivery.verified && fits(delivery), timeoutMs),
  };
}

function judge(request: IncomingMessage, body: string, webhook: Webhook | undefined): ReceivedDelivery {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  try {
    webhook?.verify(body, headers);
    return { headers, body, verified: webhook !== undefined };
  } catch {
    return { headers, body, verified: false };
  }
}
