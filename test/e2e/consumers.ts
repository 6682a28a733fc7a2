// Webhook consumers of every outbound profile behind one HTTP server, each with the code that such users have.
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
  /** What the consumer's code answered. */
  readonly status: number;
}

export interface Consumers {
  /** The words after `npm start --` that send every event here. */
  readonly words: readonly string[];
  /** Everything that came since the secrets are known. */
  readonly received: readonly ReceivedWebhook[];
  stop(): void;
}

/** The secrets are read when they are needed: they are in local.json only when the laptop is about to be ready. */
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
    // Under /api: some consumers guard nothing else.
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
