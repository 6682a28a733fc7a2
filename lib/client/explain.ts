// What is wrong with a captured request or delivery: which profile it fits, its age, and the well-known mistake in it.
import type { Headers } from '../protocol/http-message.ts';
import { PROFILES, type Profile, type ProfileId } from '../protocol/profiles.ts';
import { parseRfc9421 } from '../protocol/rfc9421.ts';
import { isFresh } from '../protocol/signing-time.ts';
import { suspectForm, suspectRequestForm } from '../protocol/suspect-form.ts';
import { suspectJoined, suspectSigning } from '../protocol/suspect-signing.ts';
import type { Suspicion } from '../protocol/suspicions.ts';
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
  const readings = (Object.keys(PROFILES) as ProfileId[]).map((id) => readUnder(id, capture, loose, keys));
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
  const ofForm = suspectForms(capture.headers, fitting ? [fitting] : readings);
  if (fitting) return ofForm;
  const ofKeys = suspectJoinedAll(loose, readings, keys) ?? suspectMessageOf(capture, keys);
  const isElsewhere = readings.some(({ fits }) => fits) ? 'other_profile' : undefined;
  const isWhole = readings.some(({ form }) => form === 'well_formed');
  return (isWhole ? (ofKeys ?? ofForm) : (ofForm ?? ofKeys)) ?? isElsewhere;
}

function suspectForms(headers: Headers, readings: readonly ProfileReading[]): Suspicion | undefined {
  const malformed = readings.filter(({ form }) => form === 'malformed').map(({ profile }) => PROFILES[profile]);
  return malformed
    .map((row: Profile) => (row.form === 'joined' ? suspectForm(row, headers) : suspectRequestForm(headers)))
    .find((suspicion) => suspicion !== undefined);
}

function suspectJoinedAll(
  { parts, signatures }: Loose,
  readings: readonly ProfileReading[],
  { secrets }: ExplainKeys,
): Suspicion | undefined {
  const texts = secrets.map((text) => Buffer.from(text, 'utf8'));
  const whole = readings
    .filter(({ signedContent, form }) => signedContent && form !== 'absent')
    .map(({ profile }) => profile);
  return JOINED.filter(([id]) => (whole as readonly string[]).includes(id))
    .map(([, profile]) => suspectJoined({ profile, parts, signatures }, texts))
    .find((suspicion) => suspicion !== undefined);
}

function suspectMessageOf(capture: Capture, keys: ExplainKeys): Suspicion | undefined {
  const claim = parseRfc9421(asReceived(capture));
  return claim.ok ? suspectSigning(claim.value, materialOf(claim.value.algorithm, keys)) : undefined;
}
