// Edits of any header text, independent of its meaning.
import { type BadPart, badParts } from '../mutant.ts';

/** More bytes than the gateway allows for all headers of a request together. */
const SIZE = 16_384;

/** Returns edited texts. `other` is a valid text of the same part that was not signed. */
export function editsOf(text: string, other: string): readonly BadPart[] {
  return [...repeated(text, other), ...surrounded(text), ...disguised(text), ...sized(text)];
}

function repeated(text: string, other: string): readonly BadPart[] {
  return [
    ...badParts('doubled header', {
      'sent twice, joined by a comma': `${text},${text}`,
      'sent twice, joined by a comma and a space': `${text}, ${text}`,
      'sent three times': `${text}, ${text}, ${text}`,
    }),
    ...badParts('joined duplicate', {
      'another text after it, joined by a comma': `${text},${other}`,
      'another text after it, joined by a comma and a space': `${text}, ${other}`,
      'another text before it, joined by a comma': `${other},${text}`,
      'another text before it, joined by a comma and a space': `${other}, ${text}`,
      'an empty text before it': `,${text}`,
      'an empty text after it': `${text},`,
      'an empty text after it, with a space': `${text}, `,
    }),
    ...badParts('doubled field', {
      'twice, separated by a space': `${text} ${text}`,
      'twice, separated by a semicolon': `${text};${text}`,
      'twice, separated by a line feed': `${text}\n${text}`,
      'twice, separated by a NUL': `${text}\0${text}`,
    }),
  ];
}

function surrounded(text: string): readonly BadPart[] {
  const half = text.length >> 1;
  const within = (piece: string) => text.slice(0, half) + piece + text.slice(half);
  return [
    ...badParts('trailing newline', {
      'a line feed after it': `${text}\n`,
      'a carriage return after it': `${text}\r`,
      'both after it': `${text}\r\n`,
      'an empty line after it': `${text}\n\n`,
      'a folded line after it': `${text}\r\n `,
    }),
    ...badParts('NUL', {
      'a NUL after it': `${text}\0`,
      'a NUL before it': `\0${text}`,
      'a NUL within': within('\0'),
      'a NUL and junk after it': `${text}\0junk`,
    }),
    ...badParts('white space', {
      'a space before it': ` ${text}`,
      'a space after it': `${text} `,
      'a tab before it': `\t${text}`,
      'a tab after it': `${text}\t`,
      'a space within': within(' '),
    }),
    ...badParts('invisible character', {
      'a byte order mark before it': `\ufeff${text}`,
      'a byte order mark after it': `${text}\ufeff`,
      'a no-break space after it': `${text}\u00a0`,
      'an ideographic space before it': `\u3000${text}`,
      'a line separator after it': `${text}\u2028`,
      'a zero-width space within': within('\u200b'),
      'a soft hyphen within': within('\u00ad'),
      'a right-to-left mark before it': `\u200f${text}`,
      'a combining accent after it': `${text}\u0301`,
      'half a surrogate pair after it': `${text}\ud83d`,
    }),
    ...badParts('quotes', {
      'double quotes': `"${text}"`,
      'single quotes': `'${text}'`,
      'a double quote before it': `"${text}`,
    }),
  ];
}

function disguised(text: string): readonly BadPart[] {
  const first = text.charCodeAt(0);
  return [
    ...badParts('percent-encoding', {
      'the first character percent-encoded': `%${first.toString(16)}${text.slice(1)}`,
      'a percent-encoded line feed after it': `${text}%0a`,
      'a percent-encoded NUL after it': `${text}%00`,
    }),
    // Full-width characters have a fixed distance to ASCII, and compatibility normalization turns them into ASCII.
    ...badParts('look-alike character', {
      'the first character in full width': String.fromCharCode(first + 0xfee0) + text.slice(1),
    }),
  ];
}

function sized(text: string): readonly BadPart[] {
  return badParts('very long', {
    '16 KiB of a letter after it': text + 'a'.repeat(SIZE),
    '16 KiB of zeros before it': '0'.repeat(SIZE) + text,
    'repeated to 16 KiB': text.repeat(Math.ceil(SIZE / text.length)),
  });
}
