// Where the jobs lead: each link has a redirect and an end of its own, and takes a moment, so that kills strike at work.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Site {
  linkOf(job: number): string;
  endOf(job: number): string;
  stop(): void;
}

/** Each answer takes some milliseconds up to this, more for one link than for another. */
const SLOWEST_MS = 250;

export async function startSite(): Promise<Site> {
  const server = createServer(({ url = '/' }, response) => {
    const [, kind, job] = url.split('/');
    const answer = () =>
      kind === 'go' ? response.writeHead(302, { location: `/end/${job}` }).end() : response.writeHead(200).end('end');
    setTimeout(answer, (Number(job) * 101) % SLOWEST_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    linkOf: (job) => `${origin}/go/${job}`,
    endOf: (job) => `${origin}/end/${job}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
