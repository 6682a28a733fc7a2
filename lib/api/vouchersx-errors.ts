// The problem codes in the words of the VouchersX scheme. Its clients read them from the member `error`.
import type { ProblemCode } from './problems.ts';

/** The scheme's own code for each problem that the scheme knows. */
export const VOUCHERSX_ERRORS = {
  signature_missing: 'missing_signature',
  request_malformed: 'invalid_signature_format',
  timestamp_out_of_range: 'signature_expired',
  signature_invalid: 'invalid_signature',
  account_suspended: 'partner_disabled',
  not_permitted: 'forbidden',
  validation_failed: 'validation_failed',
} as const satisfies Partial<Record<ProblemCode, string>>;

/** The scheme's code for a request that is signed but does not name its partner. */
export const MISSING_PARTNER_SLUG = 'missing_partner_slug';

/** Returns the VouchersX code of a problem. A problem that the scheme does not know keeps its own code. */
export function vouchersxErrorOf(code: ProblemCode): string {
  return (VOUCHERSX_ERRORS as Partial<Record<ProblemCode, string>>)[code] ?? code;
}
