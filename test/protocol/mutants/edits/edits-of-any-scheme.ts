// What can be wrong with a message of any joined scheme: other bytes, other keys, other headers, other credentials.
import type { ReceivedRequest } from '../../../../lib/protocol/http-message.ts';
import { withHeaders, withoutHeader } from '../../../support/protocol/claims.ts';
import type { BadPart, Mutant, MutantClass } from '../mutant.ts';
import {
  contentOf,
  macOf,
  messageOf,
  type Parts,
  partMutants,
  type Scheme,
  signatureOf,
} from '../subjects/delimited-scheme.ts';
import { clockTexts } from './clock-texts.ts';
import { encode } from './signature-texts.ts';
import { editsOf } from './text-edits.ts';

/** Every text of the clock that is none, in place of the timestamp. */
export function clockMutants(scheme: Scheme, good: Parts): readonly Mutant[] {
  const nowMs = Number(good.timestamp) * (scheme.unit === 's' ? 1000 : 1);
  const other = String(Number(good.timestamp) + 1);
  // The clock's own texts have the white space.
  const edits = editsOf(good.timestamp, other).filter(({ of }) => of !== 'white space');
  return partMutants(scheme, good, 'timestamp', [...clockTexts(scheme.unit, nowMs), ...edits]);
}

/** Each text in place of a whole header, with the rest as captured. */
export function headerMutants(good: ReceivedRequest, name: string, texts: readonly BadPart[]): readonly Mutant[] {
  return texts.map(({ of, what, text }) => ({
    of,
    name: `${name}: ${what}`,
    message: withHeaders(good, { [name]: text }),
  }));
}

function goneMutant(good: ReceivedRequest, name: string, of: MutantClass = 'missing or empty'): Mutant {
  return { of, name: `${name} is not there`, message: withoutHeader(good, name) };
}

function emptyMutant(good: ReceivedRequest, name: string): Mutant {
  return { of: 'missing or empty', name: `${name} is empty`, message: withHeaders(good, { [name]: '' }) };
}

/** The header under a name that looks like its own, which some servers take for it. */
function lookAlikeMutants(good: ReceivedRequest, name: string): readonly Mutant[] {
  const others = {
    'underscores for hyphens': name.replaceAll('-', '_'),
    'a space after the name': `${name} `,
    'a NUL after the name': `${name}\0`,
    'the long s of another script': name.replace('s', '\u017f'),
    'two hyphens': name.replace('-', '--'),
    'no hyphens': name.replaceAll('-', ''),
  };
  return Object.entries(others)
    .filter(([, other]) => other !== name)
    .map(([what, other]) => ({
      of: 'look-alike header',
      name: `${name} under another name: ${what}`,
      message: withHeaders(withoutHeader(good, name), { [other]: good.headers[name] ?? '' }),
    }));
}

/** The clock's headers aside: those are in `clockMutants`. */
export function absenceMutants(good: ReceivedRequest, names: readonly string[], clock?: string): readonly Mutant[] {
  const all = clock === undefined ? names : [...names, clock];
  const gone = (name: string): MutantClass => (name === clock ? 'clock: missing' : 'missing or empty');
  return [
    ...all.map((name) => goneMutant(good, name, gone(name))),
    ...names.map((name) => emptyMutant(good, name)),
    ...all.flatMap((name) => lookAlikeMutants(good, name)),
  ];
}

/** Signed over the right parts joined in another way. */
export function rejoinedMutants(scheme: Scheme, good: Parts): readonly Mutant[] {
  const parts = [...scheme.before.map((name) => good[name]), good.body.toString()];
  const contents: Readonly<Record<string, string>> = {
    'nothing between the parts': parts.join(''),
    'a dot between the parts': parts.join('.'),
    'a colon between the parts': parts.join(':'),
    'a line feed between the parts': parts.join('\n'),
    'a NUL between the parts': parts.join('\0'),
    'the parts the other way round': parts.toReversed().join('.'),
    'a dot before the parts': `.${parts.join('.')}`,
    'a dot after the parts': `${parts.join('.')}.`,
  };
  const right = contentOf(scheme, good).toString();
  return Object.entries(contents)
    .filter(([, content]) => content !== right)
    .map(([what, content]) => ({
      of: 'separators moved',
      name: `signed with ${what}`,
      message: messageOf(scheme, good, [encode(scheme.encoding, macOf(scheme, Buffer.from(content)))]),
    }));
}

/**
 * Parts cut in another place, so that the same bytes were signed: `captured` is the message that was signed,
 * `presented` is what is made of it.
 */
export function recutMutant(scheme: Scheme, what: string, captured: Parts, presented: Parts): Mutant {
  const same = contentOf(scheme, captured).equals(contentOf(scheme, presented));
  if (!same) throw new Error(`${what}: the two are not signed as the same bytes`);
  const message = messageOf(scheme, presented, [signatureOf(scheme, captured)]);
  return { of: 'separators moved', name: `cut elsewhere: ${what}`, message };
}

const KEY_HEADERS = ['x-link-peeler-key', 'x-partner-slug', 'x-signet-key'];
const TAGGED = 'sig=("@method");created=1800000000;keyid="partner-2";tag="signet"';

/** A credential of another family beside the good one, so that two readers could take two keys. */
export function credentialMutants(good: ReceivedRequest): readonly Mutant[] {
  const added: readonly (readonly [string, string, string])[] = [
    ...KEY_HEADERS.flatMap((name) => [
      [name, 'another key', 'partner-2'] as const,
      [name, 'the same key', 'partner-1'] as const,
      [name, 'an empty text', ''] as const,
    ]),
    ['signature-input', 'our tag', TAGGED],
  ];
  return added
    .filter(([name]) => good.headers[name] === undefined)
    .map(([name, what, text]) => ({
      of: 'several credentials',
      name: `${name} beside it, with ${what}`,
      message: withHeaders(good, { [name]: text }),
    }));
}
