// Refuses a request that would change something although its signature covers only the time at which it was made.

import type { Route } from '../../api/routes.ts';
import { bindsOnlyTheBody } from '../../protocol/profiles/profiles.ts';
import type { VerifiedRequest } from '../../protocol/signatures/verify-request.ts';
import type { ResolvedKey } from '../keys/resolve-key.ts';
import type { Refusal } from '../model/http-response.ts';

/**
 * Returns a refusal when a state-changing request has no body and its profile signs neither method nor path nor a nonce.
 * Such a signature would also fit every other request without a body. Returns undefined for all other requests, and for a
 * DELETE with a key that has `allowUnboundDelete`.
 */
export function requireContentBinding(
  { method, isDryRun }: Pick<Route, 'method' | 'isDryRun'>,
  { request, key }: VerifiedRequest<ResolvedKey>,
): Refusal | undefined {
  if (method === 'GET' || isDryRun || request.body.length > 0 || !bindsOnlyTheBody(key.profile)) return undefined;
  if (method === 'DELETE' && key.record.kind === 'partner' && key.record.allowUnboundDelete) return undefined;
  const remedy =
    method === 'DELETE' ? 'Use POST /api/links/cancel with {"jobId"}' : 'Send {} if the request has no fields';
  return {
    problem: 'not_permitted',
    reason: `a ${method} without a body under ${key.profile}`,
    detail: `${key.profile} signs neither method nor path, so a request that changes something needs a body. ${remedy}.`,
  };
}
