// What a refused sender is told to change, where the refusal does not say so itself.

import type { ProblemCode } from '../../api/problems.ts';
import { SUSPICIONS } from '../../protocol/diagnosis/suspicions.ts';
import { PROFILES } from '../../protocol/profiles/profiles.ts';
import type { SignatureClaim } from '../../protocol/profiles/signature-claim.ts';
import type { Refusal } from '../model/http-response.ts';
import { describeBytes, showContent } from './describe-claim.ts';

/** What the answer depends on besides the refusal. */
export interface RefusalContext {
  readonly nowMs: number;
  /** True for the dry run. */
  readonly showsContent: boolean;
}

/** The refusal with a detail, and with what we saw of a signature that does not fit. */
export function explainRefusal(refusal: Refusal, context: RefusalContext): Refusal {
  const detail = refusal.detail ?? describe(refusal, context.nowMs);
  const facts = refusal.claim && describeClaim(refusal.problem, refusal.claim, context);
  return { ...refusal, ...(detail !== undefined && { detail }), ...(facts && { facts }) };
}

/** Up to the signature a reason only names headers, lengths and forms, never values: the sender may read it. */
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
  'Check the key id and its secret, and sign exactly the bytes that are sent: compare them with what we saw. POST /api/auth/check shows what must be signed. The same is said of keys that do not exist.';

const NOT_TRIED =
  'The well-known mistakes were not tried this time: there were too many such requests in this minute, or the body is over 16 KiB. npx signet explain tries them.';

function describe(refusal: Refusal, nowMs: number): string | undefined {
  const detail = DETAILS[refusal.problem]?.(refusal, nowMs);
  const mistake = refusal.suspicion && SUSPICIONS[refusal.suspicion];
  return [detail, mistake].filter((text) => text).join(' ') || undefined;
}

function describeClock({ profile, timestampMs }: SignatureClaim, nowMs: number): string {
  const { toleranceMs } = PROFILES[profile].clock;
  const offsetMs = timestampMs - nowMs;
  const takes = `The server time is ${new Date(nowMs).toISOString()}; the timestamp must be within ${toleranceMs / 1000} seconds of it.`;
  if (Math.abs(offsetMs) <= toleranceMs) return `${takes} It is, but the signature has expired.`;
  return `${takes} Yours is ${Math.abs(offsetMs) / 1000} seconds ${offsetMs < 0 ? 'behind' : 'ahead'}.`;
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
