// Mutants of the list form: standard-webhooks, with `v1,…` items between spaces.
import {
  absenceMutants,
  clockMutants,
  headerMutants,
  recutMutant,
  rejoinedMutants,
} from '../edits/edits-of-any-scheme.ts';
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

/** The whole header, written in ways that a lenient splitter takes apart into the right pieces. */
function shapes(s: string, other: string): readonly BadPart[] {
  return [
    ...badParts('doubled field', {
      'the version twice': `v1,v1,${s}`,
      'the signature twice behind one version': `v1,${s},${s}`,
      'the signature twice without a space': `v1,${s}v1,${s}`,
    }),
    ...badParts('unknown version', {
      'v2 alone': `v2,${s}`,
      'v2 beside v1': `v1,${s} v2,${s}`,
      'v2 before v1': `v2,${s} v1,${s}`,
      'v1a, which is Ed25519': `v1a,${s}`,
      'v1a beside v1': `v1,${s} v1a,${s}`,
      'v0 alone': `v0,${s}`,
      'v01 alone': `v01,${s}`,
      'v1.0 alone': `v1.0,${s}`,
      'v without a number': `v,${s}`,
      'an empty version': `,${s}`,
      'no version': s,
      'whpk, as public keys begin': `whpk,${s}`,
    }),
    ...badParts('changed case', { 'V1 in upper case': `V1,${s}`, 'V1 beside v1': `v1,${s} V1,${s}` }),
    ...badParts('look-alike character', {
      'a full-width 1': `v\uff11,${s}`,
      'a full-width comma': `v1\uff0c${s}`,
      'a letter l for the 1': `vl,${s}`,
    }),
    ...badParts('white space', {
      'two spaces between two': `v1,${s}  v1,${s}`,
      'a tab between two': `v1,${s}\tv1,${s}`,
      'a no-break space between two': `v1,${s}\u00a0v1,${s}`,
      'a space after the comma': `v1, ${s}`,
      'a space before the comma': `v1 ,${s}`,
    }),
    ...badParts('separators moved', {
      'an equals sign for the comma': `v1=${s}`,
      'a colon for the comma': `v1:${s}`,
      'a semicolon for the comma': `v1;${s}`,
      'a dot for the comma': `v1.${s}`,
      'two commas': `v1,,${s}`,
      'a field behind the signature': `v1,${s},x`,
      'a semicolon between two': `v1,${s};v1,${s}`,
      'a bar between two': `v1,${s}|v1,${s}`,
      'the signature before the version': `${s},v1`,
      'the combined form': `t=1800000000,v1=${s}`,
    }),
    ...badParts('missing or empty', {
      'a version without a signature': 'v1,',
      'a version alone': 'v1',
      'an empty signature beside the right one': `v1,${s} v1,`,
      'a version alone beside the right one': `v1,${s} v1`,
      'a comma': ',',
      'a space': ' ',
    }),
    ...badParts('prototype name', {
      '__proto__ for v1': `__proto__,${s}`,
      'constructor for v1': `constructor,${s}`,
      'constructor for the signature': 'v1,constructor',
    }),
    ...badParts('joined duplicate', {
      'the right one second, as one header sent twice': `v1,${other}, v1,${s}`,
      'the right one second, with a space before the comma': `v1,${other} ,v1,${s}`,
    }),
  ];
}

function tooMany(s: string, other: string): readonly BadPart[] {
  const write = (list: readonly string[]) => list.map((one) => `v1,${one}`).join(' ');
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
  return texts.flatMap(({ of, what, text }) => [
    { of, what: `the signature: ${what}`, text: `v1,${text}` },
    { of, what: `a signature beside the right one: ${what}`, text: `v1,${right} v1,${text}` },
  ]);
}

export function standardWebhooksSubject(nowMs: number): Subject {
  const scheme = STANDARD_WEBHOOKS;
  const parts = goodParts(scheme, nowMs);
  const good = messageOf(scheme, parts);
  const { id, timestamp } = parts;
  const s = signatureOf(scheme, parts);
  const other = signatureOf(scheme, { ...parts, id: 'evt_other' });
  const whole = good.headers['webhook-signature'] ?? '';
  // The same signature twice with a space between is a list, and good.
  const edits = editsOf(whole, `v1,${other}`).filter(({ text }) => text !== `${whole} ${whole}`);
  const dotted = { ...parts, body: Buffer.from(`${timestamp}.{"count":1}`) };
  const mutants: readonly Mutant[] = [
    ...clockMutants(scheme, parts),
    ...partMutants(scheme, parts, 'id', nameTexts(id, 'evt_other', { shortest: 1, longest: 128 })),
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
