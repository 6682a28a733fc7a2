// What a reader should do about an explained message: one sentence or two for each thing that is so.
import {
  type ExplainKeys,
  type Explanation,
  explainCapture,
  type ProfileReading,
} from '../../../lib/client/explain.ts';
import { SUSPICIONS } from '../../../lib/protocol/diagnosis/suspicions.ts';
import type { ReadCapture } from '../capture/read-capture.ts';
import { describeSpan } from '../terminal/layout.ts';

export function advise(explanation: Explanation, keys: ExplainKeys, capture: ReadCapture): string[] {
  const { fitting, suspicion, readings } = explanation;
  const there = readings.filter(({ form }) => form !== 'absent');
  if (there.length === 0) return ['No signature of any profile is there.'];
  if (fitting) return [describeFit(fitting), ...describeSuspicion(suspicion), ...describeTime(explanation)];
  return [
    ...there.flatMap(describeForm),
    ...describeSuspicion(suspicion),
    ...adviseOnKeys(there, keys),
    ...(suspicion ? [] : compare(there, keys, capture)),
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

function hasKeyFor(there: readonly ProfileReading[], { secrets, publicKeys }: ExplainKeys): boolean {
  return there.some(({ algorithm }) => (algorithm === 'ed25519' ? publicKeys : secrets).length > 0);
}

function adviseOnKeys(there: readonly ProfileReading[], keys: ExplainKeys): string[] {
  if (hasKeyFor(there, keys)) return [];
  if (there.some(({ algorithm }) => algorithm === 'ed25519'))
    return ['It is signed with ed25519: give --public-key to see whether the signature holds.'];
  return ['Give its secret (--secret-file, SIGNET_SECRET) to see whether the signature holds.'];
}

const COMPARE =
  'No well-known mistake fits. Secret, body or headers are not the ones that were signed: compare the bytes above with what your signer signs.';

/** Where no well-known mistake was found. Of a malformed message nothing is known but its form. */
function compare(there: readonly ProfileReading[], keys: ExplainKeys, capture: ReadCapture): string[] {
  const whole = there.filter(({ form }) => form === 'well_formed');
  const secret = adviseOnWhsec(whole, keys, capture);
  const isExplained = secret.some((text) => text.endsWith(HOLDS));
  const isCompared = whole.length > 0 && hasKeyFor(whole, keys) && !isExplained;
  return [...secret, ...(isCompared ? [COMPARE] : []), ...adviseOnTarget(there, isCompared, capture)];
}

const NOT_WHSEC = 'Under standard-webhooks the secret is whsec_ followed by base64; this one is not.';
const HOLDS = 'With whsec_ before its base64 the signature holds.';
const WHSEC = /^whsec_[A-Za-z0-9+/]+={0,2}$/;

function adviseOnWhsec(whole: readonly ProfileReading[], { secrets }: ExplainKeys, capture: ReadCapture): string[] {
  const isMeant = whole.some(({ profile }) => profile === 'standard-webhooks');
  const others = secrets.filter((text) => !WHSEC.test(text));
  if (!isMeant || others.length === 0) return [];
  const prefixed = others.map((text) => `whsec_${text.replace(/^(?:sk|whsec)_/, '')}`);
  const { fitting } = explainCapture(capture, { secrets: prefixed, publicKeys: [] }, 0);
  return [fitting?.profile === 'standard-webhooks' ? `${NOT_WHSEC} ${HOLDS}` : NOT_WHSEC];
}

/** rfc9421 signs what only the request line and the Host header tell. */
function adviseOnTarget(
  there: readonly ProfileReading[],
  isCompared: boolean,
  { authority, hasTarget }: ReadCapture,
): string[] {
  const message = there.find(({ profile }) => profile === 'rfc9421');
  if (!message) return [];
  const host = authority === '' ? 'The capture names no host. ' : '';
  if (host || !hasTarget)
    return [
      `${host}rfc9421 signs method, host, path and query: the capture needs its request line and its Host header.`,
    ];
  // A digest of another body is the reason already.
  return isCompared && message.reason === undefined
    ? ['Or, under rfc9421, it was signed for another method, host, path or query, if the secret is right.']
    : [];
}

function describeTime({ ageMs, isFresh, fitting }: Explanation): string[] {
  if (ageMs === undefined)
    return fitting?.profile === 'tolinku'
      ? ['It signs no time: nothing tells it from a copy that is sent again. Keep the ids that you have seen.']
      : [];
  const when = ageMs < 0 ? `${describeSpan(ageMs)} ahead of now` : `${describeSpan(ageMs)} ago`;
  if (isFresh !== false) return [`It was signed ${when}.`];
  return [
    `It was signed ${when}, which is not taken: 5 minutes are, either way, and nothing that has expired. Either it was captured long ago (--at TIME looks at it as of then), or a clock is wrong.`,
  ];
}
