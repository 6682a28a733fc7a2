// Webhook consumers of all outbound profiles behind one HTTP server. Each uses the code that existing users have.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readLocalState } from '../../lib/local/state-file.ts';
import { OUTBOUND_PROFILES, type OutboundProfileId } from '../../lib/protocol/profiles/profiles.ts';
import { RECEIVERS } from '../existing-code/node-receivers.mjs';

export interface ReceivedWebhook {
  readonly profile: OutboundProfileId;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The status that the consumer's code answered. */
  readonly status: number;
}

export interface Consumers {
  /** The arguments of `npm start --` that send every event to these consumers. */
  readonly words: readonly string[];
  /** All webhooks since the secrets became known. */
  readonly received: readonly ReceivedWebhook[];
  stop(): void;
}

/** Starts the consumers. It reads secrets from local.json at each request, because the laptop cloud writes them late. */
export async function startConsumers(dataDir: string): Promise<Consumers> {
  const received: ReceivedWebhook[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const path = request.url ?? '';
    const own = readLocalState(dataDir)?.ownWebhooks.find(({ url }) => new URL(url).pathname === path);
    if (!own) return void response.writeHead(503).end();
    const profile = own.profile as OutboundProfileId;
    const headers = singleHeaders(request);
    const status = RECEIVERS[profile](own.secret)(headers, body, path, Date.now());
    received.push({ profile, path, headers, body, status });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    // Some consumers guard only paths under /api.
    words: OUTBOUND_PROFILES.flatMap((id) => ['--webhook', `${id}=http://127.0.0.1:${port}/api/hooks/${id}`]),
    received,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function singleHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
