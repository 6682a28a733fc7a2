// Mutants of the list header with `v1,…` items between spaces: standard-webhooks.
import {
  absenceMutants,
  clockMutants,
  headerMutants,
  recutMutant,
  rejoinedMutants,
} from '../edits/delimited-mutants.ts';
import { nameTexts } from '../edits/header-texts.ts';
import { signatureTexts } from '../edits/signature-texts.ts';
import { editsOf } from '../edits/text-edits.ts';
import { otherValues, valueMutants } from '../edits/value-mutants.ts';
import { type BadPart, badParts, type Mutant, type Subject } from '../mutant.ts';
import {
  contentOf,
  goodParts,
  macOf,
  messageOf,
  type Parts,
  partMutants,
  signatureOf,
  subjectOf,
} from './delimited-scheme.ts';
import { STANDARD_WEBHOOKS } from './schemes.ts';

/** Returns whole headers that a lenient splitter splits into the right pieces. */
function shapes(s: string, other: string): readonly BadPart[] {
  return [
    ...badParts('doubled field', {
      'the version twice': `v1,v1,${s}`,
      'the signature twice after one version': `v1,${s},${s}`,
      'the signature twice without a space': `v1,${s}v1,${s}`,
    }),
    ...badParts('unknown version', {
      'only v2': `v2,${s}`,
      'v2 after v1': `v1,${s} v2,${s}`,
      'v2 before v1': `v2,${s} v1,${s}`,
      'only v1a, which is Ed25519': `v1a,${s}`,
      'v1a after v1': `v1,${s} v1a,${s}`,
      'only v0': `v0,${s}`,
      'only v01': `v01,${s}`,
      'only v1.0': `v1.0,${s}`,
      'v without a number': `v,${s}`,
      'an empty version': `,${s}`,
      'no version': s,
      'whpk, the prefix of public keys': `whpk,${s}`,
    }),
    ...badParts('changed case', { 'V1 in upper case': `V1,${s}`, 'V1 after v1': `v1,${s} V1,${s}` }),
    ...badParts('look-alike character', {
      'a full-width 1': `v\uff11,${s}`,
      'a full-width comma': `v1\uff0c${s}`,
      'a letter l in place of the 1': `vl,${s}`,
    }),
    ...badParts('white space', {
      'two spaces between two items': `v1,${s}  v1,${s}`,
      'a tab between two items': `v1,${s}\tv1,${s}`,
      'a no-break space between two items': `v1,${s}\u00a0v1,${s}`,
      'a space after the comma': `v1, ${s}`,
      'a space before the comma': `v1 ,${s}`,
    }),
    ...badParts('separators moved', {
      'an equals sign in place of the comma': `v1=${s}`,
      'a colon in place of the comma': `v1:${s}`,
      'a semicolon in place of the comma': `v1;${s}`,
      'a dot in place of the comma': `v1.${s}`,
      'two commas': `v1,,${s}`,
      'a field after the signature': `v1,${s},x`,
      'a semicolon between two items': `v1,${s};v1,${s}`,
      'a bar between two items': `v1,${s}|v1,${s}`,
      'the signature before the version': `${s},v1`,
      'the combined form': `t=1800000000,v1=${s}`,
    }),
    ...badParts('missing or empty', {
      'a version without a signature': 'v1,',
      'only a version': 'v1',
      'an empty signature after the right one': `v1,${s} v1,`,
      'only a version after the right one': `v1,${s} v1`,
      'a comma': ',',
      'a space': ' ',
    }),
    ...badParts('prototype name', {
      '__proto__ in place of v1': `__proto__,${s}`,
      'constructor in place of v1': `constructor,${s}`,
      'constructor in place of the signature': 'v1,constructor',
    }),
    ...badParts('joined duplicate', {
      'the right signature second, as in a repeated header': `v1,${other}, v1,${s}`,
      'the right signature second, with a space before the comma': `v1,${other} ,v1,${s}`,
    }),
  ];
}

function tooMany(s: string, other: string): readonly BadPart[] {
  const write = (list: readonly string[]) => list.map((signature) => `v1,${signature}`).join(' ');
  const others = (count: number) => Array.from({ length: count }, () => other);
  return badParts('too many signatures', {
    'nine, the right one first': write([s, ...others(8)]),
    'nine, the right one last': write([...others(8), s]),
    'nine, all of them right': write(Array.from({ length: 9 }, () => s)),
    'a hundred, the right one in the middle': write([...others(50), s, ...others(50)]),
    'a thousand, the right one last': write([...others(999), s]),
  });
}

function signatures(parts: Parts): readonly BadPart[] {
  const right = signatureOf(STANDARD_WEBHOOKS, parts);
  const texts = signatureTexts('base64', macOf(STANDARD_WEBHOOKS, contentOf(STANDARD_WEBHOOKS, parts)));
  return texts.flatMap(({ kind, what, text }) => [
    { kind, what: `the signature: ${what}`, text: `v1,${text}` },
    { kind, what: `a signature after the right one: ${what}`, text: `v1,${right} v1,${text}` },
  ]);
}

/** Returns the subject of standard-webhooks. */
export function standardWebhooksSubject(nowMs: number): Subject {
  const scheme = STANDARD_WEBHOOKS;
  const parts = goodParts(scheme, nowMs);
  const good = messageOf(scheme, parts);
  const { id, timestamp } = parts;
  const s = signatureOf(scheme, parts);
  const other = signatureOf(scheme, { ...parts, id: 'evt_other' });
  const whole = good.headers['webhook-signature'] ?? '';
  // The same signature twice with a space between them is a valid list.
  const edits = editsOf(whole, `v1,${other}`).filter(({ text }) => text !== `${whole} ${whole}`);
  const dotted = { ...parts, body: Buffer.from(`${timestamp}.{"count":1}`) };
  const mutants: readonly Mutant[] = [
    ...clockMutants(scheme, parts),
    ...partMutants(scheme, parts, 'id', nameTexts(id, 'evt_other', { minLength: 1, maxLength: 128 })),
    ...headerMutants(good, 'webhook-signature', [
      ...edits,
      ...shapes(s, other),
      ...tooMany(s, other),
      ...signatures(parts),
    ]),
    ...absenceMutants(good, ['webhook-id', 'webhook-signature'], 'webhook-timestamp'),
    recutMutant(scheme, 'the timestamp in the id', dotted, {
      ...dotted,
      id: `${id}.${timestamp}`,
      body: Buffer.from('{"count":1}'),
    }),
    recutMutant(scheme, 'the body begins in the timestamp', dotted, {
      ...dotted,
      timestamp: `${timestamp}.${timestamp}`,
      body: Buffer.from('{"count":1}'),
    }),
    ...rejoinedMutants(scheme, parts),
    ...valueMutants(scheme, parts),
    ...otherValues(good, { 'webhook-id': 'evt_other', 'webhook-timestamp': String(Number(timestamp) + 1) }),
  ];
  return subjectOf(scheme, nowMs, {
    form: 'list',
    mutants,
    reads: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    without: { 'several credentials': 'deliveries name no key' },
  });
}
