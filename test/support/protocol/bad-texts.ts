// Tables of invalid texts for several grammars.

/** An invalid text, and what is wrong with it. */
export interface BadText {
  readonly what: string;
  readonly text: string;
}

const rows = (texts: Readonly<Record<string, string>>): readonly BadText[] =>
  Object.entries(texts).map(([what, text]) => ({ what, text }));

/** Texts that are not a timestamp in whole seconds, ten digits. */
export const BAD_SECONDS = rows({
  empty: '',
  'junk after it': '1800000000x',
  'junk before it': 'x1800000000',
  'a plus': '+1800000000',
  'a plus, ten characters in all': '+180000000',
  'a minus': '-1800000000',
  'a float': '1800000000.0',
  'a float, ten characters in all': '18000000.0',
  'a trailing point': '1800000000.',
  'an exponent': '1.8e9',
  'an exponent, ten characters in all': '18000000e2',
  'a leading zero': '01800000000',
  'a leading zero, ten digits in all': '0180000000',
  'hexadecimal, ten characters in all': '0x6b49d200',
  'digits grouped': '1_800_000_000',
  milliseconds: '1800000000000',
  microseconds: '1800000000000000',
  'nine digits': '180000000',
  'eleven digits': '18000000000',
  'a space before it': ' 1800000000',
  'a space after it': '1800000000 ',
  'a space within': '18000 00000',
  'a tab after it': '1800000000\t',
  'a line feed after it': '1800000000\n',
  'a NUL after it': '1800000000\0',
  'a no-break space after it': '1800000000\u00a0',
  'full-width digits': '１８００００００００',
  'Arabic-Indic digits': '١٨٠٠٠٠٠٠٠٠',
  'mathematical digits': '𝟏𝟖𝟎𝟎𝟎𝟎𝟎𝟎𝟎𝟎',
  'a superscript digit': '180000000²',
  'a date': '2027-01-15T08:00:00Z',
  'not a number': 'NaN',
  infinity: 'Infinity',
  'a word': 'constructor',
  'sent twice': '1800000000,1800000000',
});

/** Texts that do not match `[A-Za-z0-9_-]{16,128}`. */
export const BAD_NONCES = rows({
  empty: '',
  '15 characters': 'a'.repeat(15),
  '129 characters': 'a'.repeat(129),
  '64 KiB': 'a'.repeat(65_536),
  'a dot, the separator': 'abcdefgh.ijklmnop',
  'a colon': 'abcdefgh:ijklmnop',
  'a slash': 'abcdefgh/ijklmnop',
  'a plus': 'abcdefgh+ijklmnop',
  'base64 padding': 'abcdefghijklmnop==',
  'a space within': 'abcdefgh ijklmnop',
  'a space before it': ' abcdefghijklmnop',
  'a space after it': 'abcdefghijklmnop ',
  'a line feed after it': 'abcdefghijklmnop\n',
  'a NUL after it': 'abcdefghijklmnop\0',
  'a hash, which our table keys use': 'abcdefgh#ijklmnop',
  'a letter outside ASCII': 'abcdefghijklmnöp',
  'full-width letters': 'ａ'.repeat(16),
  'sent twice': 'abcdefghijklmnop,abcdefghijklmnop',
});

/** Texts that do not match `[A-Za-z0-9_-]{1,64}`. */
export const BAD_KEY_IDS = rows({
  empty: '',
  '65 characters': 'k'.repeat(65),
  'a dot': 'partner.1',
  'a slash': 'partner/1',
  'a hash, which our table keys use': 'KEY#partner',
  'a space': 'partner 1',
  'a space after it': 'partner-1 ',
  'a line feed after it': 'partner-1\n',
  'a NUL after it': 'partner-1\0',
  'a letter outside ASCII': 'pärtner-1',
  'full-width letters': 'ｋｅｙ',
  'sent twice': 'partner-1,partner-2',
});

/** Texts that do not match `[A-Za-z0-9_-]{1,128}`. */
export const BAD_MESSAGE_IDS = rows({
  empty: '',
  '129 characters': 'e'.repeat(129),
  'a dot, the separator': 'evt_a.1800000000',
  'only a dot': '.',
  'a colon': 'evt:a',
  'a slash': 'evt/a',
  'a hash, which our table keys use': 'evt#a',
  'a space': 'evt a',
  'a space after it': 'evt_a ',
  'a line feed after it': 'evt_a\n',
  'a carriage return and a header': 'evt_a\r\nx-more: 1',
  'a NUL after it': 'evt_a\0',
  'a letter outside ASCII': 'evt_ä',
  'full-width letters': 'ｅｖｔ',
  'sent twice': 'evt_a,evt_b',
});
