// The site that the jobs' links lead to. Each link has its own redirect and target, and answers slowly, so that kills hit agents at work.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Site {
  linkOf(job: number): string;
  finalUrlOf(job: number): string;
  stop(): void;
}

/** The longest delay of an answer. Each link has its own delay. */
const SLOWEST_MS = 250;

/** Starts the site on a free port. */
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
    finalUrlOf: (job) => `${origin}/end/${job}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
