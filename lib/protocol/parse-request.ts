// From an untrusted request to the one claim that it makes: which key, signed how, when.
import type { ReceivedRequest } from './http-message.ts';
import { isPlainPath } from './http-message.ts';
import { parseJoined } from './joined-signature.ts';
import { INBOUND_PROFILES, type InboundProfileId, PROFILES, type Profile } from './profiles.ts';
import { hasTaggedSignature, parseRfc9421 } from './rfc9421.ts';
import type { SignatureClaim } from './signature-claim.ts';
import { refuse, type Verdict } from './verdict.ts';

/**
 * Reads the signature that a request brings. Exactly one credential family may be present;
 * which key it names decides later whether its profile is the right one.
 */
export function parseSignedRequest(
  request: ReceivedRequest,
): Verdict<SignatureClaim, 'request_malformed' | 'signature_missing'> {
  if (!isPlainPath(request.path)) return refuse('request_malformed', 'the path has characters outside unreserved');
  const present = INBOUND_PROFILES.filter((id) => names(id, request));
  const families = new Set(present.map((id) => credentialHeader(PROFILES[id])));
  if (families.size > 1) return refuse('request_malformed', `several credential families: ${[...families].join(', ')}`);
  const [profile, ...others] = present.length > 1 ? present.filter((id) => carriesSignature(id, request)) : present;
  if (!profile) return refuse('signature_missing', describeAbsence(request));
  if (others.length > 0) return refuse('request_malformed', 'signatures of several profiles');
  return parse(profile, request);
}

function parse(profile: InboundProfileId, request: ReceivedRequest) {
  return profile === 'rfc9421' ? parseRfc9421(request) : parseJoined(profile, request);
}

function describeAbsence({ headers }: ReceivedRequest): string {
  return headers['signature-input'] === undefined
    ? 'no credential header is present'
    : 'signature-input is not well formed, or has no member with tag="signet"';
}

function names(id: InboundProfileId, request: ReceivedRequest): boolean {
  const header = credentialHeader(PROFILES[id]);
  if (request.headers[header] === undefined) return false;
  return PROFILES[id].form !== 'rfc9421' || hasTaggedSignature(request, 'signet');
}

/** Profiles that share a credential header are told apart by where their signature stands. */
function carriesSignature(id: InboundProfileId, request: ReceivedRequest): boolean {
  const profile: Profile = PROFILES[id];
  return profile.form === 'joined' && request.headers[profile.carriage.signatureHeader] !== undefined;
}

function credentialHeader(profile: Profile): string {
  return profile.form === 'rfc9421' ? 'signature-input' : (profile.carriage.keyIdHeader ?? '');
}
