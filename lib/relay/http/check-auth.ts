// The dry run: answers how a signed request was understood, and creates nothing.
import type { AuthCheck } from '../../protocol/messages.ts';
import { jsonResponse, type RelayResponse } from '../model/http-response.ts';
import { describeBytes, showContent } from './describe-claim.ts';
import type { PartnerCall } from './request-pipeline.ts';

/** Serves `POST /api/auth/check`. The signature is verified and the one-time value is claimed. The body may be anything. */
export async function checkAuth({ verified, nowMs }: PartnerCall): Promise<RelayResponse> {
  const { key, claim } = verified;
  const answer: AuthCheck = {
    keyId: key.keyId,
    profile: key.profile,
    algorithm: key.algorithm,
    clockOffsetSeconds: (claim.timestampMs - nowMs) / 1000,
    saw: describeBytes(claim),
    signedContent: showContent(claim),
    serverTime: new Date(nowMs).toISOString(),
  };
  return jsonResponse(200, answer);
}
