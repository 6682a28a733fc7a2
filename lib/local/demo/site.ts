// A small site of redirects for the demo: 301, 302, 307 and then a page.
import { type LoopbackServer, listenOnLoopback } from '../cloud/base/loopback-server.ts';

/** The target and status of each redirect. */
const REDIRECTS: Readonly<Record<string, readonly [status: number, location: string]>> = {
  '/click': [301, '/network/track?campaign=spring&partner=42'],
  '/network/track': [302, '/offers/jump?click=7f3a'],
  '/offers/jump': [307, '/shop/spring-sale'],
};

/** The running site. */
export interface DemoSite extends LoopbackServer {
  /** The URL of the first redirect. */
  readonly firstUrl: string;
}

/** Starts the site. Port 0 takes any free port. */
export async function startDemoSite(port: number): Promise<DemoSite> {
  const loopback = await listenOnLoopback(port, (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://demo.invalid');
    const redirect = REDIRECTS[pathname];
    if (redirect) response.writeHead(redirect[0], { location: redirect[1] }).end();
    else if (pathname === '/shop/spring-sale')
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html><title>Sale</title>');
    else response.writeHead(404).end();
  });
  return { ...loopback, firstUrl: `${loopback.url}/click?c=spring` };
}
