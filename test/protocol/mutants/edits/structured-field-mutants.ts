// Mutants of the three structured fields of RFC 9421: their parameters, components and byte sequences.
import { createHash } from 'node:crypto';
import { type BadPart, badParts, type Mutant, type MutantClass } from '../mutant.ts';
import {
  baseOf,
  digestOf,
  type Fields,
  requestWith,
  type Signer,
  signedRequest,
} from '../subjects/message-signature.ts';
import { clockText, clockTexts } from './clock-texts.ts';
import { signatureTexts } from './signature-texts.ts';
import { editsOf } from './text-edits.ts';

/** Returns two mutants with changed fields: one with the captured signature, and one that is signed again. */
export function changedFields(
  signer: Signer,
  good: Fields,
  kind: MutantClass,
  name: string,
  change: Partial<Fields>,
): readonly Mutant[] {
  const fields = { ...good, ...change };
  return [
    { kind, name: `${name}, as captured`, message: requestWith(fields, signer.signBytes(baseOf(good))) },
    { kind, name: `${name}, signed again`, message: signedRequest(signer, fields) },
  ];
}

function withParameter({ parameters }: Fields, name: string, text: string): Fields['parameters'] {
  return parameters.map((pair) => (pair[0] === name ? ([name, text] as const) : pair));
}

function parameterMutants(signer: Signer, good: Fields, name: string, texts: readonly BadPart[]): readonly Mutant[] {
  return texts.flatMap(({ kind, what, text }) =>
    changedFields(signer, good, kind, `${name}: ${what}`, { parameters: withParameter(good, name, text) }),
  );
}

/** Returns the invalid texts inside the quotes of a string. */
const quoted = (texts: readonly BadPart[]) => texts.map((bad) => ({ ...bad, text: `"${bad.text}"` }));

/** Returns other types of structured fields, and other spellings of a string. */
function otherTypes(text: string): readonly BadPart[] {
  return [
    ...badParts('outside the grammar', {
      'a token': text,
      'a byte sequence': `:${Buffer.from(text).toString('base64')}:`,
      'a display string': `%"${text}"`,
      'an integer': '1',
      'a boolean': '?1',
      'a date': '@1800000000',
      'an inner list': `("${text}")`,
      'an escaped quote in it': `"${text}\\""`,
      'an escaped backslash in it': `"${text}\\\\"`,
      'a needless escape in it': `"\\${text}"`,
      'a dot in it': `"${text}.x"`,
      'an empty string': '""',
    }),
    ...badParts('quotes', {
      'single quotes': `'${text}'`,
      'no closing quote': `"${text}`,
      'no opening quote': `${text}"`,
      'curly quotes': `\u201c${text}\u201d`,
    }),
    ...badParts('very long', { '16 KiB': `"${'a'.repeat(16_384)}"` }),
  ];
}

/** Returns invalid texts inside a string. A comma or a semicolon does not split there. */
const insideString = (text: string, other: string) =>
  quoted(editsOf(text, other)).filter(({ kind }) => kind !== 'quotes');

function badTimes(epochMs: number): readonly BadPart[] {
  const text = clockText('s', epochMs);
  // The texts of `clockTexts` have white space already.
  const edits = editsOf(text, String(Number(text) + 1)).filter(({ kind }) => kind !== 'white space');
  const types = badParts('clock: not a decimal number', {
    'a date of structured fields': `@${text}`,
    'a boolean': '?1',
  });
  return [...clockTexts('s', epochMs), ...edits, ...types];
}

/** Returns mutants of `created` and `expires`. */
export function clockParameterMutants(signer: Signer, good: Fields, nowMs: number): readonly Mutant[] {
  const endMs = nowMs + 3_600_000;
  // `expires` comes first, because spaces after the last parameter are not part of the field.
  const expiring = { ...good, parameters: [['expires', clockText('s', endMs)] as const, ...good.parameters] };
  // An `expires` in the far future is allowed. The tolerance is still enforced.
  const ends = badTimes(endMs).filter(({ kind }) => kind !== 'clock: ten years ahead');
  return [
    ...parameterMutants(signer, good, 'created', badTimes(nowMs)),
    ...parameterMutants(signer, expiring, 'expires', ends),
    ...presenceMutants(signer, good, 'created', 'clock: missing'),
  ];
}

/** Returns mutants without a parameter, with a repeated one, and with its name in upper case. */
function presenceMutants(signer: Signer, good: Fields, name: string, kind: MutantClass): readonly Mutant[] {
  const parameters = good.parameters.filter(([other]) => other !== name);
  return [
    ...changedFields(signer, good, kind, `${name} is absent`, { parameters }),
    ...changedFields(signer, good, 'doubled field', `${name} twice`, {
      parameters: good.parameters.flatMap((pair) => (pair[0] === name ? [pair, pair] : [pair])),
    }),
    ...changedFields(signer, good, 'changed case', `${name} in upper case`, {
      parameters: good.parameters.map(([other, text]) => [other === name ? name.toUpperCase() : other, text]),
    }),
  ];
}

/** Returns mutants of the parameters that are strings. */
export function nameParameterMutants(signer: Signer, good: Fields): readonly Mutant[] {
  const nonce = 'nonce-0123456789abcdef';
  return [
    ...parameterMutants(signer, good, 'nonce', [
      ...insideString(nonce, 'nonce-of-another-one'),
      ...otherTypes(nonce),
      ...badParts('outside the grammar', {
        '15 characters': `"${'n'.repeat(15)}"`,
        '129 characters': `"${'n'.repeat(129)}"`,
      }),
    ]),
    ...parameterMutants(signer, good, 'keyid', [
      ...insideString('key-1', 'key-2'),
      ...otherTypes('key-1'),
      ...badParts('outside the grammar', { '65 characters': `"${'k'.repeat(65)}"` }),
    ]),
    ...parameterMutants(signer, good, 'alg', [...quoted(algorithms(signer)), ...otherTypes(signer.algorithm)]),
    ...parameterMutants(signer, good, 'tag', quoted(tags())),
    ...['nonce', 'keyid', 'alg', 'tag'].flatMap((name) => presenceMutants(signer, good, name, 'missing or empty')),
  ];
}

function algorithms({ algorithm }: Signer): readonly BadPart[] {
  return [
    ...badParts('unknown version', {
      none: 'none',
      'hmac-sha1': 'hmac-sha1',
      'hmac-sha512': 'hmac-sha512',
      'rsa-pss-sha512': 'rsa-pss-sha512',
      'ecdsa-p256-sha256': 'ecdsa-p256-sha256',
      ed448: 'ed448',
      'the JOSE name of the algorithm': algorithm === 'ed25519' ? 'EdDSA' : 'HS256',
    }),
    ...badParts('changed case', { 'upper case': algorithm.toUpperCase() }),
    ...badParts('prototype name', { constructor: 'constructor', ['__proto__']: '__proto__', toString: 'toString' }),
    ...badParts('white space', { 'a space after it': `${algorithm} `, 'a space before it': ` ${algorithm}` }),
    ...badParts('another value', { 'the other algorithm': algorithm === 'ed25519' ? 'hmac-sha256' : 'ed25519' }),
  ];
}

function tags(): readonly BadPart[] {
  return [
    ...badParts('unknown version', {
      'a version in it': 'signet-2',
      'the tag of an enrolment': 'signet-enroll',
      'another tag': 'proxy',
    }),
    ...badParts('changed case', { 'upper case': 'SIGNET', 'a capital': 'Signet' }),
    ...badParts('missing or empty', { empty: '', 'a space': ' ' }),
  ];
}

/** Returns invalid dictionary members for a byte sequence: other texts of the bytes, and other types. */
function byteSequences(key: string, bytes: Buffer): readonly BadPart[] {
  const text = bytes.toString('base64');
  const texts = signatureTexts('base64', bytes).map((bad) => ({ ...bad, text: `${key}=:${bad.text}:` }));
  return [
    ...texts,
    ...badParts('outside the grammar', {
      'a string': `${key}="${text}"`,
      'a token': `${key}=${text}`,
      'an inner list': `${key}=(:${text}:)`,
      'a display string': `${key}=%"${text}"`,
      'an integer': `${key}=1`,
      'a boolean': key,
      'with a parameter': `${key}=:${text}:;v=1`,
      'without the first colon': `${key}=${text}:`,
      'without the last colon': `${key}=:${text}`,
      'two colons before it': `${key}=::${text}:`,
      'a key in upper case': `${key.toUpperCase()}=:${text}:`,
      'no key': `:${text}:`,
      'two equals signs': `${key}==:${text}:`,
    }),
    ...badParts('white space', {
      'a space before the equals sign': `${key} =:${text}:`,
      'a space after the equals sign': `${key}= :${text}:`,
      'a space after the first colon': `${key}=: ${text}:`,
      'a space before the last colon': `${key}=:${text} :`,
      'a tab after the equals sign': `${key}=\t:${text}:`,
    }),
    ...badParts('missing or empty', { 'no bytes': `${key}=::`, 'no value': `${key}=` }),
    ...badParts('prototype name', {
      'under constructor': `constructor=:${text}:`,
      'under __proto__': `__proto__=:${text}:`,
    }),
  ];
}

/** Returns edits of a whole field. Spaces and tabs around a field are not part of it, so they are left out. */
function fieldEdits(text: string, other: string): readonly BadPart[] {
  return editsOf(text, other).filter(({ kind }) => kind !== 'white space');
}

/** Returns invalid texts of the Signature field. */
export function signatureTextsOf(signer: Signer, good: Fields): readonly BadPart[] {
  const signature = signer.signBytes(baseOf(good));
  const other = `sig=:${signer.signBytes(Buffer.from('other')).toString('base64')}:`;
  return [...byteSequences('sig', signature), ...fieldEdits(`sig=:${signature.toString('base64')}:`, other)];
}

/** Returns invalid texts of the Signature-Input field. */
export function inputTextsOf(good: Fields): readonly BadPart[] {
  const other = inputOfOther(good);
  return fieldEdits(`sig=${inputTextOf(good)}`, `sig=${other}`);
}

const inputTextOf = (fields: Fields) =>
  `(${fields.components.join(' ')})${fields.parameters.map(([name, text]) => `;${name}=${text}`).join('')}`;
const inputOfOther = (good: Fields) =>
  inputTextOf({ ...good, parameters: withParameter(good, 'nonce', '"nonce-of-another-one"') });

/** Returns mutants of the Content-Digest field. */
export function digestMutants(signer: Signer, good: Fields): readonly Mutant[] {
  const hash = createHash('sha256').update(good.body).digest();
  const sha512 = createHash('sha512').update(good.body).digest('base64');
  const hex = hash.toString('hex');
  const other = digestOf(Buffer.from('{"other":true}'));
  const texts = [
    ...byteSequences('sha-256', hash),
    ...fieldEdits(good.digest, other),
    ...badParts('unknown version', {
      'only SHA-512': `sha-512=:${sha512}:`,
      'only MD5': `md5=:${createHash('md5').update(good.body).digest('base64')}:`,
      'the older form': `SHA-256=${hash.toString('base64')}`,
      'a name without its hyphen': `sha256=:${hash.toString('base64')}:`,
    }),
    ...badParts('wrong encoding', { 'hex as a token': `sha-256=a${hex}` }),
  ];
  return texts.flatMap(({ kind, what, text }) =>
    changedFields(signer, good, kind, `content-digest: ${what}`, { digest: text }),
  );
}
