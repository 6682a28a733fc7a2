// Requests and claims for the tests: one good shape of each, and what to change in it.
import type { ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import type { SignatureClaim } from '../../../lib/protocol/profiles/signature-claim.ts';
import type { Refused, Verdict } from '../../../lib/protocol/verdict.ts';

export const AUTHORITY = 'relay.example';

export function requestOf(more: Partial<ReceivedRequest> = {}): ReceivedRequest {
  const plain = { method: 'POST', path: '/api/links/fetch', query: '', headers: {}, body: Buffer.from('{}') };
  return { ...plain, authority: AUTHORITY, gatewayAuthority: AUTHORITY, ...more };
}

export function withHeaders(request: ReceivedRequest, headers: Readonly<Record<string, string>>): ReceivedRequest {
  return { ...request, headers: { ...request.headers, ...headers } };
}

export function withoutHeader(request: ReceivedRequest, name: string): ReceivedRequest {
  const { [name]: _gone, ...headers } = request.headers;
  return { ...request, headers };
}

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

/** What programs may go by in a verdict: everything but the reason, which is for people. */
export function answerOf<T, P extends string>(verdict: Verdict<T, P>): { ok: true } | Omit<Refused<P>, 'reason'> {
  if (verdict.ok) return { ok: true };
  const { reason: _reason, ...answer } = verdict;
  return answer;
}
