// Chooses the words for the member `error` of a refusal: VouchersX callers find their own scheme's codes there.
import type { ProblemCode } from '../../api/problems.ts';
import { MISSING_PARTNER_SLUG, vouchersxErrorOf } from '../../api/vouchersx-errors.ts';
import type { Headers } from '../../protocol/http-message.ts';
import { PROFILES } from '../../protocol/profiles/profiles.ts';
import { namesKey } from '../../protocol/signatures/parse-request.ts';

const { keyIdHeader, headerCodec } = PROFILES.vouchersx;

/**
 * Returns the function that writes `error` for a request with these untrusted headers, or undefined for a caller of another
 * scheme. It depends on the headers alone, so an unknown slug gets the same words as a wrong signature.
 */
export function chooseErrorWords(headers: Headers): ((code: ProblemCode) => string) | undefined {
  if (keyIdHeader in headers) return vouchersxErrorOf;
  const hasItsSignature = (headers[headerCodec.signatureHeader] ?? '').includes('t=');
  if (namesKey(headers) || !hasItsSignature) return undefined;
  return (code) => (code === 'signature_missing' ? MISSING_PARTNER_SLUG : vouchersxErrorOf(code));
}
