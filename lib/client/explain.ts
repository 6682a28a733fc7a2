// What is wrong with a captured request or delivery: which profile it fits, its age, and the well-known mistake in it.

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
  type ExplainKeys,
  JOINED,
  type Loose,
  materialOf,
  type ProfileReading,
  readLoosely,
  readUnder,
} from './profile-reading.ts';

export type { Capture, ExplainKeys, ProfileReading };

export interface Explanation {
  readonly readings: readonly ProfileReading[];
  /** The profile that the message is for and whose signature one of the keys gives, in good form or not. */
  readonly fitting?: ProfileReading | undefined;
  /** The well-known mistake, if one was found. */
  readonly suspicion?: Suspicion | undefined;
  /** What the signing time is off by; positive when it lies in the past. */
  readonly ageMs?: number | undefined;
  /** True when that is within what the profile takes, and the signature has not expired. */
  readonly isFresh?: boolean | undefined;
}

export function explainCapture(capture: Capture, keys: ExplainKeys, nowMs: number): Explanation {
  const loose = readLoosely(capture);
  const readings = (Object.keys(PROFILES) as ProfileId[])
    .map((id) => readUnder(id, capture, loose, keys))
    .map((reading) => judgeAsRequest(reading, capture));
  const fittingIn = (form: ProfileReading['form']) => readings.find((one) => one.fits && one.form === form);
  const fitting = fittingIn('well_formed') ?? fittingIn('malformed');
  const timed = fitting ?? readings.find(({ timestampMs }) => timestampMs !== undefined);
  return {
    readings,
    fitting,
    suspicion: suspect(capture, loose, { readings, fitting, keys }),
    ...(timed && judgeTime(timed, nowMs)),
  };
}

/** A signature in good form is not all that the relay asks of a request: one that it refuses is malformed. */
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

/** Headers in which requests name their key, and those among them that deliveries bring too. */
const KEY_HEADERS = JOINED.flatMap(([, { keyIdHeader, deliveriesNameKey = false }]) =>
  keyIdHeader === undefined ? [] : [{ keyIdHeader, deliveriesNameKey }],
);

/** True when it names a key as only requests do. */
function isRequest(capture: Capture): boolean {
  const named = KEY_HEADERS.filter(({ keyIdHeader }) => keyIdHeader in capture.headers);
  const isOfDelivery = isDelivery(capture) && named.every(({ deliveriesNameKey }) => deliveriesNameKey);
  return (named.length > 0 && !isOfDelivery) || hasTaggedSignature(asReceived(capture), 'signet');
}

/** Every delivery of the relay has it. */
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

interface SoFar {
  readonly readings: readonly ProfileReading[];
  readonly fitting: ProfileReading | undefined;
  readonly keys: ExplainKeys;
}

/** Form first: it needs no key. Then what the keys tell. A signature that fits in good form has nothing to explain. */
function suspect(capture: Capture, loose: Loose, { readings, fitting, keys }: SoFar): Suspicion | undefined {
  if (fitting?.form === 'well_formed') return undefined;
  const ofForm = diagnoseForms(capture.headers, fitting ? [fitting] : readings);
  if (fitting) return ofForm;
  const ofKeys = diagnoseDelimitedAll(loose, readings, keys) ?? diagnoseMessageOf(capture, keys);
  const isElsewhere = readings.some(({ fits }) => fits) ? 'other_profile' : undefined;
  const isWhole = readings.some(({ form }) => form === 'well_formed');
  return (isWhole ? (ofKeys ?? ofForm) : (ofForm ?? ofKeys)) ?? isElsewhere;
}

function diagnoseForms(headers: Headers, readings: readonly ProfileReading[]): Suspicion | undefined {
  const malformed = readings.filter(({ form }) => form === 'malformed').map(({ profile }) => PROFILES[profile]);
  return malformed
    .map((row: Profile) => (row.form === 'delimited' ? diagnoseForm(row, headers) : diagnoseRequestForm(headers)))
    .find((suspicion) => suspicion !== undefined);
}

function diagnoseDelimitedAll(
  { parts, signatures }: Loose,
  readings: readonly ProfileReading[],
  { secrets }: ExplainKeys,
): Suspicion | undefined {
  const texts = secrets.map((text) => Buffer.from(text, 'utf8'));
  const whole = readings
    .filter(({ signedContent, form }) => signedContent && form !== 'absent')
    .map(({ profile }) => profile);
  return JOINED.filter(([id]) => (whole as readonly string[]).includes(id))
    .map(([, profile]) => diagnoseDelimited({ profile, parts, signatures }, texts))
    .find((suspicion) => suspicion !== undefined);
}

function diagnoseMessageOf(capture: Capture, keys: ExplainKeys): Suspicion | undefined {
  const claim = parseRfc9421(asReceived(capture));
  return claim.ok ? diagnoseSigning(claim.value, materialOf(claim.value.algorithm, keys)) : undefined;
}
