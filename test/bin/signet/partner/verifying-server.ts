// A server on 127.0.0.1 that verifies requests as the relay does, and records them.
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { InboundProfileId } from '../../../../lib/protocol/profiles/profiles.ts';
import { parseSignedRequest } from '../../../../lib/protocol/signatures/parse-request.ts';
import { verifyRequest } from '../../../../lib/protocol/signatures/verify-request.ts';
import { type LocalServer, serveHttp } from '../../../support/local-server.ts';
import { NOW_MS } from '../fake-terminal.ts';

export const KEY_ID = 'partner-1';
export const SECRET = `sk_${Buffer.alloc(32, 0x5c).toString('base64url')}`;

export interface Seen {
  readonly body: Buffer;
  /** `good`, or what was wrong. */
  readonly verdict: string;
}

/** Starts a server that answers 204 to a request that verifies, and 401 to any other. */
export async function startVerifyingServer(
  profile: InboundProfileId,
  publicKey?: KeyObject,
): Promise<LocalServer & { readonly seen: readonly Seen[] }> {
  const seen: Seen[] = [];
  const material = [publicKey ?? createSecretKey(SECRET, 'utf8')];
  const key = { keyId: KEY_ID, profile, algorithm: publicKey ? 'ed25519' : 'hmac-sha256', material } as const;
  const server = await serveHttp(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, text]) => [name, String(text)]));
    const authority = headers['host'] ?? '';
    const method = request.method ?? '';
    const claim = parseSignedRequest({ method, authority, gatewayAuthority: authority, path, query, headers, body });
    const verdict = claim.ok ? verifyRequest(claim.value, key, NOW_MS) : claim;
    seen.push({ body, verdict: verdict.ok ? 'good' : verdict.reason });
    response.writeHead(verdict.ok ? 204 : 401).end();
  });
  return { ...server, seen, [Symbol.asyncDispose]: server[Symbol.asyncDispose] };
}
