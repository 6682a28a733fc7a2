// What the relay saw of a request, so that the sender can compare it with what was sent. It never contains a MAC.

import { LIMITS } from '../../api/limits.ts';
import { escapeBytes } from '../../protocol/diagnosis/escape-bytes.ts';
import type { SawBytes, ShownContent } from '../../protocol/messages.ts';
import type { SignatureClaim } from '../../protocol/profiles/signature-claim.ts';
import { sha256 } from '../../protocol/sha256.ts';

/** Returns the length and the SHA-256 of the body and of the signed content. Digests are in hex, as `sha256sum` prints them. */
export function describeBytes({ request, signedContent }: SignatureClaim): SawBytes {
  return {
    bodyBytes: request.body.length,
    bodySha256: sha256(request.body).toString('hex'),
    signedContentBytes: signedContent.length,
    signedContentSha256: sha256(signedContent).toString('hex'),
  };
}

/** Returns the bytes that had to be signed, escaped so that they can be read. Long content is cut after 8 KiB. */
export function showContent({ signedContent }: SignatureClaim): ShownContent {
  const shown = signedContent.subarray(0, LIMITS.shownContentBytes);
  return { escaped: escapeBytes(shown), isWhole: shown.length === signedContent.length };
}
