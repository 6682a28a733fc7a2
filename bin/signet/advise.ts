// What a reader should do about an explained message: one sentence or two for each thing that is so.
import type { ExplainKeys, Explanation, ProfileReading } from '../../lib/client/explain.ts';
import { SUSPICIONS } from '../../lib/protocol/suspicions.ts';
import { describeSpan } from './layout.ts';
import type { ReadCapture } from './read-capture.ts';

export function advise(explanation: Explanation, keys: ExplainKeys, capture: ReadCapture): string[] {
  const { fitting, suspicion, readings } = explanation;
  const there = readings.filter(({ form }) => form !== 'absent');
  if (there.length === 0) return ['No signature of any profile is there.'];
  return [
    ...(fitting ? [describeFit(fitting)] : there.flatMap(describeForm)),
    ...(suspicion ? [`${suspicion}: ${SUSPICIONS[suspicion]}`] : []),
    ...(fitting ? [] : adviseOnKeys(there, keys)),
    ...(fitting || suspicion || !hasKeyFor(there, keys) ? [] : [COMPARE]),
    ...adviseOnTarget(explanation, capture),
    ...describeTime(explanation),
  ];
}

const COMPARE =
  'No well-known mistake fits. Secret, body or headers are not the ones that were signed: compare the bytes above with what your signer signs.';

function describeFit({ profile, form, keyId, reason }: ProfileReading): string {
  const key = keyId === undefined ? '' : `, key ${keyId}`;
  return form === 'well_formed'
    ? `The signature holds: ${profile}${key}.`
    : `The MAC is right for ${profile}${key}, but its form is not: ${reason}.`;
}

function describeForm({ profile, reason }: ProfileReading): string[] {
  return reason === undefined ? [] : [`Under ${profile}: ${reason}.`];
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

/** rfc9421 signs what only the request line and the Host header tell. */
function adviseOnTarget({ readings, fitting }: Explanation, { authority }: ReadCapture): string[] {
  const message = readings.find(({ profile }) => profile === 'rfc9421');
  if (!message || message.form === 'absent' || fitting) return [];
  const host = authority === '' ? 'The capture names no host. ' : '';
  return [`${host}rfc9421 signs method, host, path and query: the capture needs its request line and its Host header.`];
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
