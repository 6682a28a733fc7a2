// What a refused sender is told to change, where the refusal does not say so itself.
import { FIVE_MINUTES_MS } from '../protocol/signing-time.ts';
import type { Refusal } from './http-response.ts';
import type { ProblemCode } from './problems.ts';

/** Up to the signature a reason only names headers, lengths and forms, never values: the sender may read it. */
const asSentence = ({ reason }: Refusal) => `${reason}.`;

const DETAILS: Partial<Record<ProblemCode, (refusal: Refusal, nowMs: number) => string>> = {
  request_malformed: asSentence,
  signature_missing: asSentence,
  body_too_large: asSentence,
  media_type_unsupported: asSentence,
  timestamp_out_of_range: (_, nowMs) =>
    `The server time is ${new Date(nowMs).toISOString()}; the timestamp must be within ${FIVE_MINUTES_MS / 1000} seconds of it.`,
  signature_invalid: () =>
    'Check the key id and its secret, and sign exactly the bytes that are sent. The same is said of keys that do not exist.',
};

/** The refusal with a detail, if there is one to give. */
export function explainRefusal(refusal: Refusal, nowMs: number): Refusal {
  const detail = refusal.detail ?? DETAILS[refusal.problem]?.(refusal, nowMs);
  return detail === undefined ? refusal : { ...refusal, detail };
}
