// Sends a signed request with its own Host header to another address, which `fetch` cannot do.
import { request as openRequest } from 'node:http';
import type { RawRequest } from '../support/laptop/requests.ts';

/** Sends the request to `baseUrl` and returns the status, with the problem code if there is one. */
export function sendTo(
  baseUrl: string,
  { method, url, headers, body }: RawRequest,
): Promise<{ readonly status: number; readonly code?: string }> {
  const { host, pathname: path } = new URL(url);
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, method, headers: { ...headers, host } };
    const outgoing = openRequest(options, async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString();
      resolve({ status: answer.statusCode ?? 0, code: JSON.parse(text).code });
    });
    outgoing.once('error', reject).end(body);
  });
}
