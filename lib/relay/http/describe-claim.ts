// What we saw of a request, for a sender who compares it with what was sent. Never a MAC.

import { LIMITS } from '../../api/limits.ts';
import { escapeBytes } from '../../protocol/diagnosis/escape-bytes.ts';
import type { SawBytes, ShownContent } from '../../protocol/messages.ts';
import type { SignatureClaim } from '../../protocol/profiles/signature-claim.ts';
import { sha256 } from '../../protocol/sha256.ts';

/** Lengths, and SHA-256 in hex as `sha256sum` prints it. */
export function describeBytes({ request, signedContent }: SignatureClaim): SawBytes {
  return {
    bodyBytes: request.body.length,
    bodySha256: sha256(request.body).toString('hex'),
    signedContentBytes: signedContent.length,
    signedContentSha256: sha256(signedContent).toString('hex'),
  };
}

/** The bytes that must have been signed, escaped for reading; their beginning, when there are many. */
export function showContent({ signedContent }: SignatureClaim): ShownContent {
  const shown = signedContent.subarray(0, LIMITS.shownContentBytes);
  return { escaped: escapeBytes(shown), isWhole: shown.length === signedContent.length };
}
