// Strict decoding of signatures: exactly one text for every byte string, or nothing.

interface Encoding {
  /** For people. */
  readonly description: string;
  encode(bytes: Uint8Array): string;
  /** The bytes, or undefined when the text is not one that `encode` (or, for hex, its other case) would give. */
  decode(text: string): Buffer | undefined;
}

/**
 * Node reads other texts as the same bytes too: with tail bits, without padding, with anything after a bad character.
 * Only the one that it writes is taken, and never an empty one.
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

export const ENCODINGS = {
  /** 64 characters. */
  hex,
  /** 64 characters; lower case when we write it. */
  hex_either_case: { ...hex, description: 'hex', decode: (text) => hex.decode(text.toLowerCase()) },
  base64: canonical('base64', 'padded base64'),
  base64url: canonical('base64url', 'base64url without padding'),
} as const satisfies Record<string, Encoding>;

export type EncodingName = keyof typeof ENCODINGS;
