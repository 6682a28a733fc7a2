// What the user should do about an explained message, in sentences.
import {
  type ExplainKeys,
  type Explanation,
  explainCapture,
  type ProfileReading,
} from '../../../lib/client/explain.ts';
import { SUSPICIONS } from '../../../lib/protocol/diagnosis/suspicions.ts';
import { describeSpan } from '../../../lib/terminal/describe-span.ts';
import type { ReadCapture } from '../capture/read-capture.ts';

/** Returns what was found and what to do, one sentence or two for each finding. */
export function adviseOn(explanation: Explanation, keys: ExplainKeys, capture: ReadCapture): string[] {
  const { fitting, suspicion, readings } = explanation;
  const present = readings.filter(({ form }) => form !== 'absent');
  if (present.length === 0) return ['The message has no signature of any profile.'];
  if (fitting) return [describeFit(fitting), ...describeSuspicion(suspicion), ...describeTime(explanation)];
  return [
    ...present.flatMap(describeForm),
    ...describeSuspicion(suspicion),
    ...adviseOnKeys(present, keys),
    ...(suspicion ? [] : adviseOnBytes(present, keys, capture)),
    ...describeTime(explanation),
  ];
}

function describeFit({ profile, form, keyId, reason, missingKeyHeader }: ProfileReading): string {
  const key = keyId === undefined ? '' : `, key ${keyId}`;
  if (form !== 'well_formed') return `The MAC is right for ${profile}${key}, but its form is not: ${reason}.`;
  return missingKeyHeader === undefined
    ? `The signature holds: ${profile}${key}.`
    : `The signature holds: ${profile}, as a delivery. As a request it names no key: ${missingKeyHeader} is missing.`;
}

function describeForm({ profile, reason }: ProfileReading): string[] {
  return reason === undefined ? [] : [`Under ${profile}: ${reason}.`];
}

function describeSuspicion(suspicion: Explanation['suspicion']): string[] {
  return suspicion ? [`${suspicion}: ${SUSPICIONS[suspicion]}`] : [];
}

function hasKeyFor(present: readonly ProfileReading[], { secrets, publicKeys }: ExplainKeys): boolean {
  return present.some(({ algorithm }) => (algorithm === 'ed25519' ? publicKeys : secrets).length > 0);
}

function adviseOnKeys(present: readonly ProfileReading[], keys: ExplainKeys): string[] {
  if (hasKeyFor(present, keys)) return [];
  if (present.some(({ algorithm }) => algorithm === 'ed25519'))
    return ['The message is signed with ed25519. Give --public-key to check whether the signature holds.'];
  return ['Give the secret (--secret-file, SIGNET_SECRET) to check whether the signature holds.'];
}

const COMPARE =
  'No well-known mistake fits. The secret, the body or the headers are not those that were signed: compare the bytes above with what your signer signs.';

/** For a signature that no known mistake explains. Of a malformed message only the form is known. */
function adviseOnBytes(present: readonly ProfileReading[], keys: ExplainKeys, capture: ReadCapture): string[] {
  const whole = present.filter(({ form }) => form === 'well_formed');
  const secret = adviseOnWhsec(whole, keys, capture);
  const isExplained = secret.some((text) => text.endsWith(HOLDS));
  const isCompared = whole.length > 0 && hasKeyFor(whole, keys) && !isExplained;
  return [...secret, ...(isCompared ? [COMPARE] : []), ...adviseOnTarget(present, isCompared, capture)];
}

const NOT_WHSEC = 'Under standard-webhooks a secret is whsec_ followed by base64, and this one is not.';
const HOLDS = 'With whsec_ before its base64 the signature holds.';
const WHSEC = /^whsec_[A-Za-z0-9+/]+={0,2}$/;

function adviseOnWhsec(whole: readonly ProfileReading[], { secrets }: ExplainKeys, capture: ReadCapture): string[] {
  const isExpected = whole.some(({ profile }) => profile === 'standard-webhooks');
  const others = secrets.filter((text) => !WHSEC.test(text));
  if (!isExpected || others.length === 0) return [];
  const prefixed = others.map((text) => `whsec_${text.replace(/^(?:sk|whsec)_/, '')}`);
  const { fitting } = explainCapture(capture, { secrets: prefixed, publicKeys: [] }, 0);
  return [fitting?.profile === 'standard-webhooks' ? `${NOT_WHSEC} ${HOLDS}` : NOT_WHSEC];
}

/** The profile rfc9421 signs what only the request line and the Host header show. */
function adviseOnTarget(
  present: readonly ProfileReading[],
  isCompared: boolean,
  { authority, hasTarget }: ReadCapture,
): string[] {
  const message = present.find(({ profile }) => profile === 'rfc9421');
  if (!message) return [];
  const host = authority === '' ? 'The capture names no host. ' : '';
  if (host || !hasTarget)
    return [
      `${host}rfc9421 signs method, host, path and query: the capture needs its request line and its Host header.`,
    ];
  // A content digest that differs from the body is a reason already.
  return isCompared && message.reason === undefined
    ? ['If the secret is right, then under rfc9421 it was signed for another method, host, path or query.']
    : [];
}

function describeTime({ ageMs, isFresh, fitting }: Explanation): string[] {
  if (ageMs === undefined)
    return fitting?.profile === 'tolinku'
      ? ['tolinku does not sign a time, so a consumer cannot see a replay. Store the ids that you receive.']
      : [];
  const when = ageMs < 0 ? `${describeSpan(ageMs)} ahead of now` : `${describeSpan(ageMs)} ago`;
  if (isFresh !== false) return [`It was signed ${when}.`];
  return [
    `It was signed ${when}, which is not accepted: a message is accepted 5 minutes before and after it was signed, and until it expires. Either it was captured long ago (--at TIME checks it as of then), or a clock is wrong.`,
  ];
}
