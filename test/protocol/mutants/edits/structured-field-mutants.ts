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

/** Changed fields, as captured and signed anew. */
export function changedFields(
  signer: Signer,
  good: Fields,
  of: MutantClass,
  name: string,
  change: Partial<Fields>,
): readonly Mutant[] {
  const fields = { ...good, ...change };
  return [
    { of, name: `${name}, as captured`, message: requestWith(fields, signer.signBytes(baseOf(good))) },
    { of, name: `${name}, signed anew`, message: signedRequest(signer, fields) },
  ];
}

function withParameter({ parameters }: Fields, name: string, text: string): Fields['parameters'] {
  return parameters.map((pair) => (pair[0] === name ? ([name, text] as const) : pair));
}

function parameterMutants(signer: Signer, good: Fields, name: string, texts: readonly BadPart[]): readonly Mutant[] {
  return texts.flatMap(({ of, what, text }) =>
    changedFields(signer, good, of, `${name}: ${what}`, { parameters: withParameter(good, name, text) }),
  );
}

/** Bad texts inside the quotes of a string. */
const quoted = (texts: readonly BadPart[]) => texts.map((bad) => ({ ...bad, text: `"${bad.text}"` }));

/** Other types of structured fields, and strings that are written in another way. */
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

/** A comma or a semicolon inside a string splits nothing. */
const insideString = (text: string, other: string) => quoted(editsOf(text, other)).filter(({ of }) => of !== 'quotes');

function badTimes(epochMs: number): readonly BadPart[] {
  const text = clockText('s', epochMs);
  // The clock's own texts have the white space.
  const edits = editsOf(text, String(Number(text) + 1)).filter(({ of }) => of !== 'white space');
  const types = badParts('clock: no decimal number', { 'a date of structured fields': `@${text}`, 'a boolean': '?1' });
  return [...clockTexts('s', epochMs), ...edits, ...types];
}

export function clockParameterMutants(signer: Signer, good: Fields, nowMs: number): readonly Mutant[] {
  const endMs = nowMs + 3_600_000;
  // In front, because spaces behind the last parameter are not part of the field.
  const expiring = { ...good, parameters: [['expires', clockText('s', endMs)] as const, ...good.parameters] };
  // An end far ahead is allowed; the tolerance still holds.
  const ends = badTimes(endMs).filter(({ of }) => of !== 'clock: ten years ahead');
  return [
    ...parameterMutants(signer, good, 'created', badTimes(nowMs)),
    ...parameterMutants(signer, expiring, 'expires', ends),
    ...gone(signer, good, 'created', 'clock: missing'),
  ];
}

function gone(signer: Signer, good: Fields, name: string, of: MutantClass): readonly Mutant[] {
  const parameters = good.parameters.filter(([other]) => other !== name);
  return [
    ...changedFields(signer, good, of, `${name} is not there`, { parameters }),
    ...changedFields(signer, good, 'doubled field', `${name} twice`, {
      parameters: good.parameters.flatMap((pair) => (pair[0] === name ? [pair, pair] : [pair])),
    }),
    ...changedFields(signer, good, 'changed case', `${name} in upper case`, {
      parameters: good.parameters.map(([other, text]) => [other === name ? name.toUpperCase() : other, text]),
    }),
  ];
}

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
    ...['nonce', 'keyid', 'alg', 'tag'].flatMap((name) => gone(signer, good, name, 'missing or empty')),
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
      'the name that JOSE has for it': algorithm === 'ed25519' ? 'EdDSA' : 'HS256',
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

/** A byte sequence behind a label or an algorithm: other texts for its bytes, and other types in its place. */
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

/** Spaces and tabs around a whole field are not part of it, so they are no mutants. */
function fieldEdits(text: string, other: string): readonly BadPart[] {
  return editsOf(text, other).filter(({ of }) => of !== 'white space');
}

export function signatureTextsOf(signer: Signer, good: Fields): readonly BadPart[] {
  const signature = signer.signBytes(baseOf(good));
  const other = `sig=:${signer.signBytes(Buffer.from('other')).toString('base64')}:`;
  return [...byteSequences('sig', signature), ...fieldEdits(`sig=:${signature.toString('base64')}:`, other)];
}

export function inputTextsOf(good: Fields): readonly BadPart[] {
  const other = inputOfOther(good);
  return fieldEdits(`sig=${inputTextOf(good)}`, `sig=${other}`);
}

const inputTextOf = (fields: Fields) =>
  `(${fields.components.join(' ')})${fields.parameters.map(([name, text]) => `;${name}=${text}`).join('')}`;
const inputOfOther = (good: Fields) =>
  inputTextOf({ ...good, parameters: withParameter(good, 'nonce', '"nonce-of-another-one"') });

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
  return texts.flatMap(({ of, what, text }) =>
    changedFields(signer, good, of, `content-digest: ${what}`, { digest: text }),
  );
}
