// Requests that change something while their signature says nothing but when they were made.

import type { Route } from '../../api/routes.ts';
import { bindsOnlyTheBody } from '../../protocol/profiles/profiles.ts';
import type { VerifiedRequest } from '../../protocol/signatures/verify-request.ts';
import type { ResolvedKey } from '../keys/resolve-key.ts';
import type { Refusal } from '../model/http-response.ts';

/**
 * Under a profile that signs neither method nor path and has no nonce, a signature without a body would do for every
 * other request of the same second. Such a request is refused where it would change something; a key whose operator
 * said so may still DELETE.
 */
export function requireContentBinding(
  { method, makesNothing }: Pick<Route, 'method' | 'makesNothing'>,
  { request, key }: VerifiedRequest<ResolvedKey>,
): Refusal | undefined {
  if (method === 'GET' || makesNothing || request.body.length > 0 || !bindsOnlyTheBody(key.profile)) return undefined;
  if (method === 'DELETE' && key.record.kind === 'partner' && key.record.allowUnboundDelete) return undefined;
  const way =
    method === 'DELETE' ? 'Use POST /api/links/cancel with {"jobId"}' : 'Send {} where there is nothing to say';
  return {
    problem: 'not_permitted',
    reason: `a ${method} without a body under ${key.profile}`,
    detail: `${key.profile} signs neither method nor path, so a request that changes something needs a body. ${way}.`,
  };
}
