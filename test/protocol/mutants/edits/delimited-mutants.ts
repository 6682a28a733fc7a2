// Mutants of any delimited scheme: other timestamps, other headers, other signed content, other credentials.
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

/** Returns mutants with an invalid timestamp. */
export function clockMutants(scheme: Scheme, good: Parts): readonly Mutant[] {
  const nowMs = Number(good.timestamp) * (scheme.unit === 's' ? 1000 : 1);
  const other = String(Number(good.timestamp) + 1);
  // The texts of `clockTexts` have white space already.
  const edits = editsOf(good.timestamp, other).filter(({ kind }) => kind !== 'white space');
  return partMutants(scheme, good, 'timestamp', [...clockTexts(scheme.unit, nowMs), ...edits]);
}

/** Returns mutants in which each text replaces a whole header. The other parts are unchanged. */
export function headerMutants(good: ReceivedRequest, name: string, texts: readonly BadPart[]): readonly Mutant[] {
  return texts.map(({ kind, what, text }) => ({
    kind,
    name: `${name}: ${what}`,
    message: withHeaders(good, { [name]: text }),
  }));
}

function removedMutant(good: ReceivedRequest, name: string, kind: MutantClass = 'missing or empty'): Mutant {
  return { kind, name: `${name} is absent`, message: withoutHeader(good, name) };
}

function emptyMutant(good: ReceivedRequest, name: string): Mutant {
  return { kind: 'missing or empty', name: `${name} is empty`, message: withHeaders(good, { [name]: '' }) };
}

/** Returns mutants with the header under a similar name, which some servers treat as the same. */
function lookAlikeMutants(good: ReceivedRequest, name: string): readonly Mutant[] {
  const others = {
    'underscores in place of hyphens': name.replaceAll('-', '_'),
    'a space after the name': `${name} `,
    'a NUL after the name': `${name}\0`,
    'the long s of another script': name.replace('s', '\u017f'),
    'two hyphens': name.replace('-', '--'),
    'no hyphens': name.replaceAll('-', ''),
  };
  return Object.entries(others)
    .filter(([, other]) => other !== name)
    .map(([what, other]) => ({
      kind: 'look-alike header',
      name: `${name} under another name: ${what}`,
      message: withHeaders(withoutHeader(good, name), { [other]: good.headers[name] ?? '' }),
    }));
}

/** Returns mutants with absent, empty and misnamed headers. `clockMutants` has the empty timestamps. */
export function absenceMutants(good: ReceivedRequest, names: readonly string[], clock?: string): readonly Mutant[] {
  const all = clock === undefined ? names : [...names, clock];
  const kindOf = (name: string): MutantClass => (name === clock ? 'clock: missing' : 'missing or empty');
  return [
    ...all.map((name) => removedMutant(good, name, kindOf(name))),
    ...names.map((name) => emptyMutant(good, name)),
    ...all.flatMap((name) => lookAlikeMutants(good, name)),
  ];
}

/** Returns mutants whose signature covers the right parts, joined in another way. */
export function rejoinedMutants(scheme: Scheme, good: Parts): readonly Mutant[] {
  const parts = [...scheme.before.map((name) => good[name]), good.body.toString()];
  const contents: Readonly<Record<string, string>> = {
    'nothing between the parts': parts.join(''),
    'a dot between the parts': parts.join('.'),
    'a colon between the parts': parts.join(':'),
    'a line feed between the parts': parts.join('\n'),
    'a NUL between the parts': parts.join('\0'),
    'the parts in reverse order': parts.toReversed().join('.'),
    'a dot before the parts': `.${parts.join('.')}`,
    'a dot after the parts': `${parts.join('.')}.`,
  };
  const right = contentOf(scheme, good).toString();
  return Object.entries(contents)
    .filter(([, content]) => content !== right)
    .map(([what, content]) => ({
      kind: 'separators moved',
      name: `signed with ${what}`,
      message: messageOf(scheme, good, [encode(scheme.encoding, macOf(scheme, Buffer.from(content)))]),
    }));
}

/**
 * Returns a mutant with other parts that have the same signed content. `captured` has the signed parts, and `presented`
 * has the parts of the mutant.
 */
export function recutMutant(scheme: Scheme, what: string, captured: Parts, presented: Parts): Mutant {
  const same = contentOf(scheme, captured).equals(contentOf(scheme, presented));
  if (!same) throw new Error(`${what}: the signed contents must be equal.`);
  const message = messageOf(scheme, presented, [signatureOf(scheme, captured)]);
  return { kind: 'separators moved', name: `split at another place: ${what}`, message };
}

const KEY_HEADERS = ['x-link-peeler-key', 'x-partner-slug', 'x-signet-key'];
const TAGGED = 'sig=("@method");created=1800000000;keyid="partner-2";tag="signet"';

/** Returns mutants with a second credential family, so that two readers could choose different keys. */
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
      kind: 'several credentials',
      name: `${name} in addition, with ${what}`,
      message: withHeaders(good, { [name]: text }),
    }));
}
