// Valid requests and claims for tests, and functions that change them.
import type { ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import type { SignatureClaim } from '../../../lib/protocol/profiles/signature-claim.ts';
import type { Refused, Verdict } from '../../../lib/protocol/verdict.ts';

export const AUTHORITY = 'relay.example';

/** Returns a valid unsigned request with some fields replaced. */
export function requestOf(more: Partial<ReceivedRequest> = {}): ReceivedRequest {
  const plain = { method: 'POST', path: '/api/links/fetch', query: '', headers: {}, body: Buffer.from('{}') };
  return { ...plain, authority: AUTHORITY, gatewayAuthority: AUTHORITY, ...more };
}

/** Returns the request with these headers added or replaced. */
export function withHeaders(request: ReceivedRequest, headers: Readonly<Record<string, string>>): ReceivedRequest {
  return { ...request, headers: { ...request.headers, ...headers } };
}

/** Returns the request without a header. */
export function withoutHeader(request: ReceivedRequest, name: string): ReceivedRequest {
  const { [name]: _removed, ...headers } = request.headers;
  return { ...request, headers };
}

/** Returns a valid claim without a signature, with some fields replaced. */
export function claimOf(more: Partial<SignatureClaim> = {}): SignatureClaim {
  return {
    request: requestOf(),
    profile: 'rfc9421',
    keyId: 'key-1',
    algorithm: 'hmac-sha256',
    timestampMs: 1_800_000_000_000,
    nonce: 'nonce-0123456789',
    signatures: [],
    signedContent: Buffer.alloc(0),
    bodyMatchesDigest: true,
    ...more,
  };
}

/** Returns the part of a verdict that a program may use: everything but the reason, which is for people. */
export function answerOf<T, P extends string>(verdict: Verdict<T, P>): { ok: true } | Omit<Refused<P>, 'reason'> {
  if (verdict.ok) return { ok: true };
  const { reason: _reason, ...answer } = verdict;
  return answer;
}
