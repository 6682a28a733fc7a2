// Explains a captured request or delivery: the profile that it fits, its age, and the well-known mistake in it.

import { diagnoseForm, diagnoseRequestForm } from '../protocol/diagnosis/diagnose-form.ts';
import { diagnoseDelimited, diagnoseSigning } from '../protocol/diagnosis/diagnose-signing.ts';
import type { Suspicion } from '../protocol/diagnosis/suspicions.ts';
import type { Headers } from '../protocol/http-message.ts';
import { PROFILES, type Profile, type ProfileId } from '../protocol/profiles/profiles.ts';
import { isFresh } from '../protocol/profiles/signing-time.ts';
import { parseSignedRequest } from '../protocol/signatures/parse-request.ts';
import { hasTaggedSignature, parseRfc9421 } from '../protocol/signatures/rfc9421.ts';
import {
  asReceived,
  type Capture,
  DELIMITED_PROFILES,
  type ExplainKeys,
  type LenientReading,
  materialOf,
  type ProfileReading,
  readLeniently,
  readUnder,
} from './profile-reading.ts';

export type { Capture, ExplainKeys, ProfileReading };

/** What is known about a captured message. */
export interface Explanation {
  readonly readings: readonly ProfileReading[];
  /** The reading under the profile whose signature one of the keys made, well formed or malformed. */
  readonly fitting?: ProfileReading | undefined;
  /** The well-known mistake, if one was found. */
  readonly suspicion?: Suspicion | undefined;
  /** The age of the signature. Positive when the signing time is in the past. */
  readonly ageMs?: number | undefined;
  /** True when the age is within the profile's tolerance and the signature has not expired. */
  readonly isFresh?: boolean | undefined;
}

/** Returns what is known about a captured message. The capture is untrusted; `nowMs` is in epoch milliseconds. */
export function explainCapture(capture: Capture, keys: ExplainKeys, nowMs: number): Explanation {
  const lenient = readLeniently(capture);
  const readings = (Object.keys(PROFILES) as ProfileId[])
    .map((id) => readUnder(id, capture, lenient, keys))
    .map((reading) => judgeAsRequest(reading, capture));
  const fittingIn = (form: ProfileReading['form']) => readings.find((reading) => reading.fits && reading.form === form);
  const fitting = fittingIn('well_formed') ?? fittingIn('malformed');
  const timed = fitting ?? readings.find(({ timestampMs }) => timestampMs !== undefined);
  return {
    readings,
    fitting,
    suspicion: findMistake(capture, lenient, { readings, fitting, keys }),
    ...(timed && judgeTime(timed, nowMs)),
  };
}

/** Returns the reading, as malformed when the relay refuses the request although its signature is well formed. */
function judgeAsRequest(reading: ProfileReading, capture: Capture): ProfileReading {
  const { profile, form } = reading;
  const { directions, ...row }: Profile = PROFILES[profile];
  if (form !== 'well_formed' || !directions.includes('in')) return reading;
  const keyIdHeader = row.form === 'delimited' ? row.keyIdHeader : undefined;
  const namesNoKey = keyIdHeader !== undefined && capture.headers[keyIdHeader] === undefined;
  if (directions.includes('out') && !isRequest(capture))
    return namesNoKey && !isDelivery(capture) ? { ...reading, missingKeyHeader: keyIdHeader } : reading;
  const claim = parseSignedRequest(asReceived(capture));
  if (claim.ok && claim.value.profile === profile) return reading;
  const refusal = claim.ok ? `the relay reads it as ${claim.value.profile}` : claim.reason;
  return {
    ...reading,
    form: 'malformed',
    reason: namesNoKey && !isRequest(capture) ? `${keyIdHeader} is missing` : refusal,
  };
}

/** The headers with the key id of a request, and which of them deliveries have too. */
const KEY_HEADERS = DELIMITED_PROFILES.flatMap(([, { keyIdHeader, deliveriesNameKey = false }]) =>
  keyIdHeader === undefined ? [] : [{ keyIdHeader, deliveriesNameKey }],
);

/** Returns true when the capture names a key in a way that only requests do. */
function isRequest(capture: Capture): boolean {
  const named = KEY_HEADERS.filter(({ keyIdHeader }) => keyIdHeader in capture.headers);
  const isOfDelivery = isDelivery(capture) && named.every(({ deliveriesNameKey }) => deliveriesNameKey);
  return (named.length > 0 && !isOfDelivery) || hasTaggedSignature(asReceived(capture), 'signet');
}

/** Returns true for a delivery: every delivery of the relay has this header. */
function isDelivery({ headers }: Capture): boolean {
  return 'webhook-id' in headers;
}

function judgeTime(
  { profile, timestampMs, expiresMs = Number.POSITIVE_INFINITY }: ProfileReading,
  nowMs: number,
): Pick<Explanation, 'ageMs' | 'isFresh'> {
  const { clock }: Profile = PROFILES[profile];
  if (!clock || timestampMs === undefined) return {};
  return { ageMs: nowMs - timestampMs, isFresh: isFresh(clock, timestampMs, nowMs) && nowMs < expiresMs };
}

interface Findings {
  readonly readings: readonly ProfileReading[];
  readonly fitting: ProfileReading | undefined;
  readonly keys: ExplainKeys;
}

/**
 * Returns the well-known mistake, or undefined. A well-formed signature that fits has none.
 * When no reading is well formed, a mistake in the format comes before one that was found with the keys.
 */
function findMistake(
  capture: Capture,
  lenient: LenientReading,
  { readings, fitting, keys }: Findings,
): Suspicion | undefined {
  if (fitting?.form === 'well_formed') return undefined;
  const inForm = diagnoseForms(capture.headers, fitting ? [fitting] : readings);
  if (fitting) return inForm;
  const inSigning = diagnoseDelimitedAll(lenient, readings, keys) ?? diagnoseMessageOf(capture, keys);
  const inProfile = readings.some(({ fits }) => fits) ? 'other_profile' : undefined;
  const isWellFormed = readings.some(({ form }) => form === 'well_formed');
  return (isWellFormed ? (inSigning ?? inForm) : (inForm ?? inSigning)) ?? inProfile;
}

function diagnoseForms(headers: Headers, readings: readonly ProfileReading[]): Suspicion | undefined {
  const malformed = readings.filter(({ form }) => form === 'malformed').map(({ profile }) => PROFILES[profile]);
  return malformed
    .map((row: Profile) => (row.form === 'delimited' ? diagnoseForm(row, headers) : diagnoseRequestForm(headers)))
    .find((suspicion) => suspicion !== undefined);
}

function diagnoseDelimitedAll(
  { parts, signatures }: LenientReading,
  readings: readonly ProfileReading[],
  { secrets }: ExplainKeys,
): Suspicion | undefined {
  const texts = secrets.map((text) => Buffer.from(text, 'utf8'));
  const readable = readings
    .filter(({ signedContent, form }) => signedContent && form !== 'absent')
    .map(({ profile }) => profile);
  return DELIMITED_PROFILES.filter(([id]) => (readable as readonly string[]).includes(id))
    .map(([, profile]) => diagnoseDelimited({ profile, parts, signatures }, texts))
    .find((suspicion) => suspicion !== undefined);
}

function diagnoseMessageOf(capture: Capture, keys: ExplainKeys): Suspicion | undefined {
  const claim = parseRfc9421(asReceived(capture));
  return claim.ok ? diagnoseSigning(claim.value, materialOf(claim.value.algorithm, keys)) : undefined;
}
