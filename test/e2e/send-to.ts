// A request sent as it was signed, its Host header too, to wherever we want it: what `fetch` does not let us do.
import { request as openRequest } from 'node:http';
import type { RawRequest } from '../support/laptop/requests.ts';

/** The status, and the code of the problem if it is one. */
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
