// Adds the detail and the facts that help a sender to correct a refused request.

import type { ProblemCode } from '../../api/problems.ts';
import { SUSPICIONS } from '../../protocol/diagnosis/suspicions.ts';
import { PROFILES } from '../../protocol/profiles/profiles.ts';
import type { SignatureClaim } from '../../protocol/profiles/signature-claim.ts';
import type { Refusal } from '../model/http-response.ts';
import { describeBytes, showContent } from './describe-claim.ts';

/** What the answer depends on besides the refusal. */
export interface RefusalContext {
  readonly nowMs: number;
  /** True for `POST /api/auth/check`: the answer to a wrong signature shows the signed content. */
  readonly showsContent: boolean;
}

/** Returns the refusal with a detail and, for a wrong signature, with what the relay saw. Keeps a detail that it has. */
export function explainRefusal(refusal: Refusal, context: RefusalContext): Refusal {
  const detail = refusal.detail ?? describe(refusal, context.nowMs);
  const facts = refusal.claim && describeClaim(refusal.problem, refusal.claim, context);
  return { ...refusal, ...(detail !== undefined && { detail }), ...(facts && { facts }) };
}

/** Reasons from before the verification name headers, lengths and forms, but no values. So the sender may read them. */
const asSentence = ({ reason }: Refusal) => `${reason}.`;

const DETAILS: Partial<Record<ProblemCode, (refusal: Refusal, nowMs: number) => string>> = {
  request_malformed: asSentence,
  signature_missing: asSentence,
  body_too_large: asSentence,
  media_type_unsupported: asSentence,
  timestamp_out_of_range: ({ claim }, nowMs) => (claim ? describeClock(claim, nowMs) : ''),
  signature_invalid: ({ suspicion, mistakesWereTried }) =>
    suspicion ? '' : mistakesWereTried === false ? `${COMPARE} ${NOT_TRIED}` : COMPARE,
};

const COMPARE =
  'Check the key id and its secret, and sign exactly the bytes that you send: compare them with what we saw. POST /api/auth/check shows what must be signed. An unknown key gets the same answer.';

const NOT_TRIED =
  'We did not look for well-known mistakes this time: there were too many such requests in this minute, or the body has more than 16 KiB. The command signet explain looks for them.';

function describe(refusal: Refusal, nowMs: number): string | undefined {
  const detail = DETAILS[refusal.problem]?.(refusal, nowMs);
  const mistake = refusal.suspicion && SUSPICIONS[refusal.suspicion];
  return [detail, mistake].filter((text) => text).join(' ') || undefined;
}

function describeClock({ profile, timestampMs }: SignatureClaim, nowMs: number): string {
  const { toleranceMs } = PROFILES[profile].clock;
  const offsetMs = timestampMs - nowMs;
  const rule = `The server time is ${new Date(nowMs).toISOString()}; the timestamp must be within ${toleranceMs / 1000} seconds of it.`;
  if (Math.abs(offsetMs) <= toleranceMs) return `${rule} It is, but the signature has expired.`;
  return `${rule} Yours is ${Math.abs(offsetMs) / 1000} seconds ${offsetMs < 0 ? 'behind' : 'ahead'}.`;
}

function describeClaim(
  problem: ProblemCode,
  claim: SignatureClaim,
  { nowMs, showsContent }: RefusalContext,
): Refusal['facts'] {
  if (problem === 'timestamp_out_of_range') return { clockOffsetSeconds: (claim.timestampMs - nowMs) / 1000 };
  if (problem !== 'signature_invalid') return undefined;
  return { saw: describeBytes(claim), ...(showsContent && { signedContent: showContent(claim) }) };
}
