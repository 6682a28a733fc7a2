// Invalid texts of a signature. A lenient decoder reads some of them as the right signature.
import { type BadPart, badParts } from '../mutant.ts';

export type SignatureEncoding = 'hex' | 'hex_either_case' | 'base64' | 'base64url';

/** Returns the canonical text of bytes. */
export function encode(encoding: SignatureEncoding, bytes: Uint8Array): string {
  return Buffer.from(bytes).toString(encoding === 'hex_either_case' ? 'hex' : encoding);
}

/** Returns invalid texts of a signature. */
export function signatureTexts(encoding: SignatureEncoding, signature: Buffer): readonly BadPart[] {
  const own = encoding.startsWith('hex') ? hexTexts(signature) : base64Texts(encoding === 'base64url', signature);
  const refused = encoding === 'hex_either_case' ? own.filter(({ kind }) => kind !== 'non-canonical encoding') : own;
  return [...refused, ...lengths(encoding, signature)];
}

/** Returns the bytes as text, without the characters that split a header. So the record does not depend on the bytes. */
function bytesAsText(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[,;:="\s]/g, '.');
}

function hexTexts(signature: Buffer): readonly BadPart[] {
  const hex = signature.toString('hex');
  return [
    ...badParts('non-canonical encoding', {
      'upper case': hex.toUpperCase(),
      'one upper-case letter': hex.replace(/[a-f]/, (letter) => letter.toUpperCase()),
      'the last letter in upper case': hex.replace(/[a-f](?=[0-9]*$)/, (letter) => letter.toUpperCase()),
    }),
    ...badParts('wrong encoding', {
      base64: signature.toString('base64'),
      base64url: signature.toString('base64url'),
      'base64 of the hex': Buffer.from(hex).toString('base64'),
      'hex of the hex': Buffer.from(hex).toString('hex'),
      'the bytes themselves': bytesAsText(signature),
      '0x before it': `0x${hex}`,
      '0x in place of the first byte': `0x${hex.slice(2)}`,
      'colons between the bytes': hex.replace(/(..)(?!$)/g, '$1:'),
      'a letter that is not a hex digit': `g${hex.slice(1)}`,
      'a letter that is not a hex digit at the end': `${hex.slice(0, -1)}g`,
      'full-width digits': '\uff11'.repeat(64),
      'an algorithm before it': `sha256=${hex}`,
    }),
  ];
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Returns base64 of the same bytes with one of the unused last bits set. `bare` has no padding. */
function withTailBit(bare: string, bit: 1 | 2): string {
  const standard = bare.replaceAll('-', '+').replaceAll('_', '/');
  const last = ALPHABET[ALPHABET.indexOf(standard.slice(-1)) ^ bit] ?? '';
  const url = /[-_]/.test(bare);
  return bare.slice(0, -1) + (url ? last.replace('+', '-').replace('/', '_') : last);
}

/** Returns invalid base64 texts. The signature must contain both characters in which the alphabets differ. */
function base64Texts(url: boolean, signature: Buffer): readonly BadPart[] {
  const [own, other] = url ? (['base64url', 'base64'] as const) : (['base64', 'base64url'] as const);
  const text = signature.toString(own);
  const bare = text.replaceAll('=', '');
  const padding = '='.repeat((4 - (bare.length % 4)) % 4);
  const tail = url ? '' : padding;
  const swapped = text.replaceAll('+', '-').replaceAll('/', '_');
  const firstSwapped = url ? text.replace('-', '+') : text.replace('+', '-');
  return [
    ...badParts('non-canonical encoding', {
      'a tail bit set': withTailBit(bare, 1) + tail,
      'the other tail bit set': withTailBit(bare, 2) + tail,
      [url ? 'padding' : 'no padding']: url ? text + padding : bare,
      'padding twice': bare + padding + padding,
      'three equals signs too many': `${text}===`,
      'padding in the middle': `${text.slice(0, 20)}==${text.slice(20)}`,
    }),
    ...badParts('wrong encoding', {
      'the other alphabet': url ? signature.toString(other) : swapped,
      'the other alphabet without padding': signature.toString(other).replaceAll('=', ''),
      'one character of the other alphabet': firstSwapped,
      hex: signature.toString('hex'),
      'its base64 again': Buffer.from(text).toString(own),
      'a line break after 20 characters': `${text.slice(0, 20)}\n${text.slice(20)}`,
      'a space after 20 characters': `${text.slice(0, 20)} ${text.slice(20)}`,
      'a character that is in no alphabet': `!${text.slice(1)}`,
      'a character that decoders ignore': `${text.slice(0, 20)}!${text.slice(20)}`,
      'the bytes themselves': bytesAsText(signature),
      'an algorithm before it': `sha256=${text}`,
    }),
  ];
}

function lengths(encoding: SignatureEncoding, signature: Buffer): readonly BadPart[] {
  const whole = encode(encoding, signature);
  const zero = Buffer.alloc(1);
  return badParts('wrong length', {
    'without the last three characters': whole.slice(0, -3),
    'without the first character': whole.slice(1),
    'without the last byte': encode(encoding, signature.subarray(0, -1)),
    'a zero byte after it': encode(encoding, Buffer.concat([signature, zero])),
    'a zero byte before it': encode(encoding, Buffer.concat([zero, signature])),
    'half the bytes': encode(encoding, signature.subarray(0, signature.length / 2)),
    'twice the bytes': encode(encoding, Buffer.concat([signature, signature])),
    'one byte': encode(encoding, signature.subarray(0, 1)),
  });
}
