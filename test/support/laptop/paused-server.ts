// A server that holds its answers until `resume`, so that a test can stop a client in the middle of a request.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PausedServer {
  readonly url: string;
  /** The headers of every request so far, also of unanswered ones. */
  readonly visits: readonly IncomingHttpHeaders[];
  /** Answers all held requests, and every later request at once. */
  resume(): void;
  stop(): void;
}

/** Starts the server on a free port. */
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
