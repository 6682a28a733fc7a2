// Invalid texts for the headers of a form with one header for each part.

import { type BadPart, badParts } from '../mutant.ts';
import { contentOf, macOf, type Parts, type Scheme, signatureOf } from '../subjects/delimited-scheme.ts';
import { signatureTexts } from './signature-texts.ts';
import { editsOf } from './text-edits.ts';

/** Returns invalid texts for a header with a single signature. */
export function signatureHeaderTexts(scheme: Scheme, parts: Parts): readonly BadPart[] {
  const signature = signatureOf(scheme, parts);
  const other = signatureOf(scheme, { ...parts, body: Buffer.from('{"other":true}') });
  return [
    ...editsOf(signature, other),
    ...signatureTexts(scheme.encoding, macOf(scheme, contentOf(scheme, parts))),
    ...badParts('too many signatures', {
      'two, the right one first': `${signature} ${other}`,
      'two, the right one last': `${other} ${signature}`,
      'two with a bar between them': `${signature}|${other}`,
      'two with a colon between them': `${signature}:${other}`,
      'two with a line feed between them': `${other}\n${signature}`,
      'two with nothing between them': other + signature,
      'a thousand, the right one last': `${`${other} `.repeat(999)}${signature}`,
    }),
    ...badParts('unknown version', {
      'v1 before it': `v1=${signature}`,
      'v1 and a comma before it': `v1,${signature}`,
      'v2 before it': `v2=${signature}`,
      'the name of SHA-1 before it': `sha1=${signature}`,
      'the name of SHA-512 before it': `sha512=${signature}`,
      'an algorithm and a colon before it': `hmac-sha256:${signature}`,
      'a time before it': `t=${parts.timestamp},v1=${signature}`,
      'a scheme before it': `Signature ${signature}`,
    }),
    ...badParts('changed case', {
      'v1 in upper case before it': `V1=${signature}`,
      'the algorithm in upper case before it': `SHA256=${signature}`,
    }),
    ...badParts('prototype name', { constructor: 'constructor', ['__proto__']: '__proto__', toString: 'toString' }),
    ...badParts('outside the grammar', {
      'a word': 'undefined',
      null: 'null',
      true: 'true',
      'a list': `["${signature}"]`,
      'an object': `{"v1":"${signature}"}`,
    }),
  ];
}

/** Returns invalid texts for a nonce, a key id or an id. `size` has the lengths that its grammar allows. */
export function nameTexts(
  text: string,
  other: string,
  size: { minLength: number; maxLength: number },
): readonly BadPart[] {
  return [
    ...editsOf(text, other),
    ...badParts('outside the grammar', {
      'a dot in it': `${text}.x`,
      'a colon in it': `${text}:x`,
      'a slash in it': `${text}/x`,
      'a hash in it': `${text}#x`,
      'an equals sign in it': `${text}==`,
      'a letter outside ASCII': `${text}é`,
      'a letter from another script': `${text}а`,
      'one character too many': 'a'.repeat(size.maxLength + 1),
      ...(size.minLength > 1 ? { 'one character too few': 'a'.repeat(size.minLength - 1) } : {}),
    }),
  ];
}
