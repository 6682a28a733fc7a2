// From an untrusted request to the one claim that it makes: which key, signed how, when.
import type { ReceivedRequest } from '../http-message.ts';
import { isPlainPath } from '../http-message.ts';
import { type DelimitedProfileId, INBOUND_PROFILES, type InboundProfileId, PROFILES } from '../profiles/profiles.ts';
import type { SignatureClaim } from '../profiles/signature-claim.ts';
import { refuse, type Verdict } from '../verdict.ts';
import { parseDelimited } from './delimited-signature.ts';
import { hasTaggedSignature, parseRfc9421 } from './rfc9421.ts';

type ClaimVerdict = Verdict<SignatureClaim, 'request_malformed' | 'signature_missing'>;

type DelimitedInboundId = InboundProfileId & DelimitedProfileId;
const JOINED = INBOUND_PROFILES.filter((id) => PROFILES[id].form === 'delimited') as readonly DelimitedInboundId[];

/** Credential families, each a header that names a key and the profiles that share it; RFC 9421 is one more. */
const FAMILIES = [...new Set(JOINED.map((id) => PROFILES[id].keyIdHeader))].map(
  // `Map.groupBy` says the same, and is not in the Node 20 that the packed command runs on.
  (header) => [header, JOINED.filter((id) => PROFILES[id].keyIdHeader === header)] as const,
);

/**
 * Reads the signature that a request brings. Exactly one credential family may be present;
 * which key it names decides later whether its profile is the right one.
 */
export function parseSignedRequest(request: ReceivedRequest): ClaimVerdict {
  if (!isPlainPath(request.path)) return refuse('request_malformed', 'the path has characters outside unreserved');
  const [family, another] = FAMILIES.filter(([header]) => request.headers[header] !== undefined);
  if (!family) return parseUnnamed(request);
  const [header, profiles] = family;
  if (another) return refuse('request_malformed', `several credential families: ${header}, ${another[0]}`);
  if (hasTaggedSignature(request, 'signet'))
    return refuse('request_malformed', `several credential families: signature-input, ${header}`);
  const [profile, other] = profiles.length > 1 ? profiles.filter((id) => carriesSignature(id, request)) : profiles;
  if (!profile) return refuse('signature_missing', `${header} is there, and no signature`);
  if (other) return refuse('request_malformed', 'signatures of several profiles');
  return parseDelimited(profile, request);
}

/** A Signature-Input that is none of ours may be a proxy's; one that cannot be read is a mistake to be told of. */
function parseUnnamed(request: ReceivedRequest): ClaimVerdict {
  return request.headers['signature-input'] === undefined
    ? refuse('signature_missing', 'no credential header is present')
    : parseRfc9421(request);
}

/** Profiles that share a credential header are told apart by where their signature stands. */
function carriesSignature(id: DelimitedInboundId, { headers }: ReceivedRequest): boolean {
  return headers[PROFILES[id].headerCodec.signatureHeader] !== undefined;
}
