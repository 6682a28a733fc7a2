// Parses the signature of an untrusted request into a claim: which key signed it, how and when.
import type { ReceivedRequest } from '../http-message.ts';
import { isPlainPath } from '../http-message.ts';
import { type DelimitedProfileId, INBOUND_PROFILES, type InboundProfileId, PROFILES } from '../profiles/profiles.ts';
import type { SignatureClaim } from '../profiles/signature-claim.ts';
import { refuse, type Verdict } from '../verdict.ts';
import { parseDelimited } from './delimited-signature.ts';
import { hasTaggedSignature, parseRfc9421 } from './rfc9421.ts';

type ClaimVerdict = Verdict<SignatureClaim, 'request_malformed' | 'signature_missing'>;

type DelimitedInboundId = InboundProfileId & DelimitedProfileId;
const DELIMITED = INBOUND_PROFILES.filter((id) => PROFILES[id].form === 'delimited') as readonly DelimitedInboundId[];

/** The credential families: a header with a key id, and the profiles that share it. RFC 9421 is a family of its own. */
const FAMILIES = [...new Set(DELIMITED.map((id) => PROFILES[id].keyIdHeader))].map(
  // `Map.groupBy` would do the same, but the packed command also runs on Node 20, which does not have it.
  (header) => [header, DELIMITED.filter((id) => PROFILES[id].keyIdHeader === header)] as const,
);

/**
 * Reads the signature of an untrusted request. Exactly one credential family may be present.
 * Verification checks later that the profile is the one of the key.
 */
export function parseSignedRequest(request: ReceivedRequest): ClaimVerdict {
  if (!isPlainPath(request.path))
    return refuse('request_malformed', 'the path has reserved or percent-encoded characters');
  const [family, another] = FAMILIES.filter(([header]) => request.headers[header] !== undefined);
  if (!family) return parseUnnamed(request);
  const [header, profiles] = family;
  if (another) return refuse('request_malformed', `several credential families: ${header}, ${another[0]}`);
  if (hasTaggedSignature(request, 'signet'))
    return refuse('request_malformed', `several credential families: signature-input, ${header}`);
  const [profile, other] = profiles.length > 1 ? profiles.filter((id) => carriesSignature(id, request)) : profiles;
  if (!profile) return refuse('signature_missing', `${header} is present, but no signature`);
  if (other) return refuse('request_malformed', `signatures of several profiles: ${profile}, ${other}`);
  return parseDelimited(profile, request);
}

/** Reads a request without a header that names a key: only RFC 9421 is possible. */
function parseUnnamed(request: ReceivedRequest): ClaimVerdict {
  return request.headers['signature-input'] === undefined
    ? refuse('signature_missing', 'no credential header is present')
    : parseRfc9421(request);
}

/** Returns true when the profile's signature header is present. It distinguishes profiles that share a key id header. */
function carriesSignature(id: DelimitedInboundId, { headers }: ReceivedRequest): boolean {
  return headers[PROFILES[id].headerCodec.signatureHeader] !== undefined;
}
