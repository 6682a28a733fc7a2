// Strict encodings of signatures: every byte string has exactly one text, and every other text is refused.

interface Encoding {
  /** The name of the encoding in an error message. */
  readonly description: string;
  encode(bytes: Uint8Array): string;
  /**
   * Returns the bytes, or undefined when `encode` would not write this text.
   * `hex_either_case` also accepts upper-case digits.
   */
  decode(text: string): Buffer | undefined;
}

/**
 * Returns an encoding that decodes only the text that Node itself writes, and never an empty text.
 * Node's own decoder is lenient: it ignores tail bits, missing padding and everything after a bad character.
 */
function canonical(encoding: 'hex' | 'base64' | 'base64url', description: string): Encoding {
  return {
    description,
    encode: (bytes) => Buffer.from(bytes).toString(encoding),
    decode(text) {
      const bytes = Buffer.from(text, encoding);
      return text !== '' && bytes.toString(encoding) === text ? bytes : undefined;
    },
  };
}

const lowerCase = canonical('hex', 'lower-case hex');
const hex: Encoding = {
  ...lowerCase,
  decode: (text) => (text.length === 64 ? lowerCase.decode(text) : undefined),
};

/** The encodings that a profile's signatures may have. */
export const ENCODINGS = {
  /** 64 characters. */
  hex,
  /** 64 characters, written in lower case. */
  hex_either_case: { ...hex, description: 'hex', decode: (text) => hex.decode(text.toLowerCase()) },
  base64: canonical('base64', 'padded base64'),
  base64url: canonical('base64url', 'base64url without padding'),
} as const satisfies Record<string, Encoding>;

export type EncodingName = keyof typeof ENCODINGS;
