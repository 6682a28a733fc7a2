// Mutants of the combined header `t=…,v1=…[,v1=…]`: vouchersx and daylight.
import type { ReceivedRequest } from '../../../../lib/protocol/http-message.ts';
import { withHeaders } from '../../../support/protocol/claims.ts';
import {
  absenceMutants,
  clockMutants,
  credentialMutants,
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
  type Scheme,
  signatureOf,
  subjectOf,
} from './delimited-scheme.ts';
import { DAYLIGHT, VOUCHERSX } from './schemes.ts';

interface CombinedForm {
  readonly scheme: Scheme;
  readonly header: string;
  readonly keyHeader: string;
  /** The maximum number of `v1` in a header. */
  readonly maxSignatures: number;
}

/** Returns whole headers that a lenient splitter splits into the right pieces. */
function shapes(t: string, s: string, other: string): readonly BadPart[] {
  const later = String(Number(t) + 1);
  return [
    ...badParts('doubled field', {
      'the same t twice': `t=${t},t=${t},v1=${s}`,
      'another t before it': `t=${later},t=${t},v1=${s}`,
      'another t after it': `t=${t},t=${later},v1=${s}`,
      'another t at the end': `t=${t},v1=${s},t=${later}`,
      'the same t at the end': `t=${t},v1=${s},t=${t}`,
      'an empty t before it': `t=,t=${t},v1=${s}`,
      'another t between two v1': `t=${t},v1=${s},t=${later},v1=${other}`,
    }),
    ...badParts('unknown version', {
      'only v0': `t=${t},v0=${s}`,
      'only v2': `t=${t},v2=${s}`,
      'v0 after v1': `t=${t},v1=${s},v0=${s}`,
      'v2 before v1': `t=${t},v2=${s},v1=${s}`,
      'only v1a': `t=${t},v1a=${s}`,
      'only v1.0': `t=${t},v1.0=${s}`,
      'only v01': `t=${t},v01=${s}`,
      'only v10': `t=${t},v10=${s}`,
      'v without a number': `t=${t},v=${s}`,
      'no name at all': `t=${t},${s}`,
      'an unknown field at the end': `t=${t},v1=${s},kid=1`,
      'an unknown field at the start': `kid=1,t=${t},v1=${s}`,
    }),
    ...badParts('changed case', {
      'T in upper case': `T=${t},v1=${s}`,
      'V1 in upper case': `t=${t},V1=${s}`,
      'both in upper case': `T=${t},V1=${s}`,
    }),
    ...badParts('look-alike character', {
      'a full-width 1 in v1': `t=${t},v\uff11=${s}`,
      'a full-width equals sign': `t\uff1d${t},v1=${s}`,
      'a full-width comma': `t=${t}\uff0cv1=${s}`,
      'a letter l in place of the 1': `t=${t},vl=${s}`,
    }),
    ...badParts('white space', {
      'a space after the comma': `t=${t}, v1=${s}`,
      'a space before the comma': `t=${t} ,v1=${s}`,
      'a space before the equals sign': `t =${t},v1=${s}`,
      'a space before the second equals sign': `t=${t},v1 =${s}`,
      'a space after the second equals sign': `t=${t},v1= ${s}`,
      'a tab after the comma': `t=${t},\tv1=${s}`,
    }),
    ...badParts('separators moved', {
      'v1 before t': `v1=${s},t=${t}`,
      'a semicolon in place of the comma': `t=${t};v1=${s}`,
      'an ampersand in place of the comma': `t=${t}&v1=${s}`,
      'a space in place of the comma': `t=${t} v1=${s}`,
      'colons in place of the equals signs': `t:${t},v1:${s}`,
      'two commas': `t=${t},,v1=${s}`,
      'two equals signs': `t==${t},v1=${s}`,
      'two equals signs before the signature': `t=${t},v1==${s}`,
      'a field after the time': `t=${t}=x,v1=${s}`,
      'a field after the signature': `t=${t},v1=${s}=x`,
      'the signature in the time': `t=${t}v1=${s}`,
    }),
    ...badParts('missing or empty', {
      'no t': `v1=${s}`,
      'no v1': `t=${t}`,
      'an empty v1': `t=${t},v1=`,
      'an empty v1 before the right one': `t=${t},v1=,v1=${s}`,
      'an empty v1 after the right one': `t=${t},v1=${s},v1=`,
      'names without values': 't,v1',
      'a comma': ',',
    }),
    ...badParts('clock: missing', { 'the t without its time': `t,v1=${s}`, 'the time without its t': `${t},v1=${s}` }),
    ...badParts('prototype name', {
      '__proto__ in place of v1': `t=${t},__proto__=${s}`,
      '__proto__ in addition': `t=${t},v1=${s},__proto__=1`,
      'constructor in place of t': `constructor=${t},v1=${s}`,
      'constructor in place of the signature': `t=${t},v1=constructor`,
    }),
    ...badParts('outside the grammar', {
      'a JSON object': `{"t":${t},"v1":"${s}"}`,
      'a list in brackets': `t=${t},v1[]=${s}`,
      'a scheme before it': `HMAC t=${t},v1=${s}`,
      'a path before it': `/?t=${t},v1=${s}`,
    }),
  ];
}

/** Returns headers with an invalid signature text, alone and, if several are allowed, next to the right one. */
function signatures(form: CombinedForm, parts: Parts): readonly BadPart[] {
  const right = signatureOf(form.scheme, parts);
  const t = parts.timestamp;
  const texts = signatureTexts(form.scheme.encoding, macOf(form.scheme, contentOf(form.scheme, parts)));
  const alone = texts.map(({ kind, what, text }) => ({ kind, what: `the v1: ${what}`, text: `t=${t},v1=${text}` }));
  if (form.maxSignatures === 1) return alone;
  const beside = texts.map(({ kind, what, text }) => ({
    kind,
    what: `a v1 after the right one: ${what}`,
    text: `t=${t},v1=${right},v1=${text}`,
  }));
  return [...alone, ...beside];
}

function tooMany({ scheme, maxSignatures }: CombinedForm, parts: Parts, other: string): readonly BadPart[] {
  const right = signatureOf(scheme, parts);
  const write = (...list: readonly string[]) =>
    [`t=${parts.timestamp}`, ...list.map((signature) => `v1=${signature}`)].join(',');
  const others = (count: number) => Array.from({ length: count }, () => other);
  return badParts('too many signatures', {
    'one more than allowed, the right one first': write(right, ...others(maxSignatures)),
    'one more than allowed, the right one last': write(...others(maxSignatures), right),
    'one more than allowed, all of them right': write(right, ...Array.from({ length: maxSignatures }, () => right)),
    'a hundred, the right one in the middle': write(...others(50), right, ...others(50)),
    'a thousand, the right one last': write(...others(999), right),
  });
}

function combinedSubject(
  form: CombinedForm,
  nowMs: number,
  more: readonly Mutant[],
  without: Subject['without'],
): Subject {
  const { scheme, header, keyHeader } = form;
  const parts = goodParts(scheme, nowMs);
  const good = messageOf(scheme, parts);
  const elsewhere = { ...parts, body: Buffer.from('{"other":true}') };
  const other = signatureOf(scheme, elsewhere);
  const dotted = { ...parts, body: Buffer.from('1.{"count":1}') };
  const whole = good.headers[header] ?? '';
  const mutants: readonly Mutant[] = [
    ...clockMutants(scheme, parts),
    ...partMutants(scheme, parts, 'keyId', nameTexts(parts.keyId, 'partner-2', { minLength: 1, maxLength: 64 })),
    ...headerMutants(good, header, [
      ...editsOf(whole, messageOf(scheme, elsewhere).headers[header] ?? ''),
      ...shapes(parts.timestamp, signatureOf(scheme, parts), other),
      ...signatures(form, parts),
      ...tooMany(form, parts, other),
    ]),
    ...absenceMutants(good, [header, keyHeader]),
    recutMutant(scheme, 'the body begins in the timestamp', dotted, {
      ...dotted,
      timestamp: `${parts.timestamp}.1`,
      body: Buffer.from('{"count":1}'),
    }),
    ...rejoinedMutants(scheme, parts),
    ...credentialMutants(good),
    ...more,
    ...valueMutants(scheme, parts),
    ...otherValues(good, {
      [keyHeader]: 'partner-2',
      [header]: whole.replace(parts.timestamp, String(Number(parts.timestamp) + 1)),
    }),
  ];
  return subjectOf(scheme, nowMs, { form: 'combined header', mutants, reads: [header], without });
}

/** Returns the subject of vouchersx. */
export function vouchersxSubject(nowMs: number): Subject {
  const form = { scheme: VOUCHERSX, header: 'x-signature', keyHeader: 'x-partner-slug', maxSignatures: 8 };
  return combinedSubject(form, nowMs, [], {
    'non-canonical encoding': 'either case is accepted, and hex has no other second text',
  });
}

/** Returns the subject of daylight. */
export function daylightSubject(nowMs: number): Subject {
  const form = { scheme: DAYLIGHT, header: 'daylight-signature', keyHeader: 'x-signet-key', maxSignatures: 1 };
  const good = messageOf(DAYLIGHT, goodParts(DAYLIGHT, nowMs));
  const beside = (message: ReceivedRequest) => withHeaders(message, { 'x-signature': 'a'.repeat(64) });
  const nitro: Mutant = {
    kind: 'several credentials',
    name: 'a signature of nitro in addition',
    message: beside(good),
  };
  return combinedSubject(form, nowMs, [nitro], {});
}
