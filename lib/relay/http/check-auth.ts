// The dry run: says how a signed request was understood, and makes nothing.
import type { AuthCheck } from '../../protocol/messages.ts';
import { jsonResponse, type RelayResponse } from '../model/http-response.ts';
import { describeBytes, showContent } from './describe-claim.ts';
import type { PartnerCall } from './request-pipeline.ts';

/** Serves `POST /api/auth/check`. Its signature holds and its one-time value is spent; any body will do. */
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
