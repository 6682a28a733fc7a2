// A server that answers when it is told to, so that whoever asks can be held in the middle.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PausedServer {
  readonly url: string;
  /** The headers of every request so far, answered or not. */
  readonly visits: readonly IncomingHttpHeaders[];
  /** Answers those who wait, and from now on at once. */
  resume(): void;
  stop(): void;
}

export async function startPausedServer(): Promise<PausedServer> {
  const visits: IncomingHttpHeaders[] = [];
  const waiting: ServerResponse[] = [];
  let open = false;
  const server = createServer(({ headers }, response) => {
    visits.push(headers);
    if (open) response.end('here');
    else waiting.push(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slow`,
    visits,
    resume() {
      open = true;
      for (const response of waiting) response.end('here');
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
