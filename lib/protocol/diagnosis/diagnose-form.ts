// Diagnosis of malformed messages: finds well-known mistakes in the headers, without any key.
import type { EncodingName } from '../encoding.ts';
import { listParameters, parsePlainString, readDictionary } from '../headers/structured-dictionary.ts';
import type { Headers } from '../http-message.ts';
import { type DelimitedProfile, INBOUND_PROFILES, PROFILES, type Profile } from '../profiles/profiles.ts';
import type { SigningClock } from '../profiles/signing-time.ts';
import type { Suspicion } from './suspicions.ts';

/**
 * Returns the mistake in the untrusted headers of a malformed request, or undefined.
 * It tries the profiles whose headers are present.
 */
export function diagnoseRequestForm(headers: Headers): Suspicion | undefined {
  const rows: readonly Profile[] = INBOUND_PROFILES.map((id) => PROFILES[id]);
  const delimited = rows
    .filter((row): row is DelimitedProfile => row.form === 'delimited')
    .filter(({ keyIdHeader = '', headerCodec }) => keyIdHeader in headers && headerCodec.signatureHeader in headers)
    .map((row) => diagnoseForm(row, headers));
  return [...delimited, diagnoseMessageForm(headers)].find((suspicion) => suspicion !== undefined);
}

/** Returns the mistake in the structured fields of RFC 9421, in the member with the tag `signet`. */
function diagnoseMessageForm(headers: Headers): Suspicion | undefined {
  const members = [...(readDictionary(headers['signature-input'] ?? '') ?? [])];
  const ours = members
    .map(([label, text]) => ({ label, parameters: new Map(listParameters(text)) }))
    .find(({ parameters }) => parsePlainString(parameters.get('tag')) === 'signet');
  if (!ours) return undefined;
  const signatures = (headers['signature'] ?? '').split(',').map((member) => member.trim());
  const own = signatures.find((member) => member.startsWith(`${ours.label}=`))?.slice(ours.label.length + 1);
  return (
    diagnoseUnit(PROFILES.rfc9421.clock, ours.parameters.get('created') ?? '') ??
    (OTHER_BASE64.test(own ?? '') ? 'base64_alphabet' : undefined)
  );
}

/**
 * 32 or 64 bytes between colons, in base64 without padding or in the base64url alphabet. That is not a valid structured
 * field, so the pattern is matched against the header's text.
 */
const OTHER_BASE64 =
  /^:(?:[A-Za-z0-9+/_-]{43}|[A-Za-z0-9+/_-]{86}|(?=.*[_-])[A-Za-z0-9_-]{43}(?:=|[A-Za-z0-9_-]{43}==)):$/;

/** Returns the mistake in the untrusted headers of a malformed message of this profile, or undefined. */
export function diagnoseForm(profile: DelimitedProfile, headers: Headers): Suspicion | undefined {
  const { timestamp = '', signatures } = profile.headerCodec.peek(headers);
  return (
    (profile.clock && diagnoseUnit(profile.clock, timestamp)) ??
    signatures.map((text) => diagnoseEncoding(profile.encoding, text)).find((suspicion) => suspicion !== undefined)
  );
}

function diagnoseUnit({ unit }: SigningClock, timestamp: string): Suspicion | undefined {
  if (unit === 's' && /^\d{13}$/.test(timestamp)) return 'milliseconds_for_seconds';
  if (unit === 'ms' && /^\d{10}$/.test(timestamp)) return 'seconds_for_milliseconds';
  return undefined;
}

const HEX = /^[0-9A-Fa-f]{64}$/;
const BASE64 = /^[A-Za-z0-9+/_-]{43}={0,2}$/;

function diagnoseEncoding(encoding: EncodingName, text: string): Suspicion | undefined {
  if (/^[a-z0-9-]{2,12}[=:]./i.test(text)) return 'signature_prefixed';
  if (encoding === 'base64' || encoding === 'base64url') {
    if (HEX.test(text)) return 'hex_for_base64';
    return BASE64.test(text) && !FORMS[encoding].test(text) ? 'base64_alphabet' : undefined;
  }
  if (BASE64.test(text)) return 'base64_for_hex';
  return encoding === 'hex' && HEX.test(text) && /[A-F]/.test(text) ? 'upper_case_hex' : undefined;
}

const FORMS = { base64: /^[A-Za-z0-9+/]{43}=$/, base64url: /^[A-Za-z0-9_-]{43}$/ } as const;
