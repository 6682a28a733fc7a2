// Strict decoding of signatures: exactly one text for every byte string, or nothing.

export interface Encoding {
  encode(bytes: Uint8Array): string;
  /** The bytes, or undefined when the text is not one that `encode` (or, for hex, its other case) would give. */
  decode(text: string): Buffer | undefined;
}

/** Base64 has several texts for the same bytes (tail bits, padding); only the canonical one is taken. */
function canonical(encoding: 'base64' | 'base64url', pattern: RegExp): Encoding {
  const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString(encoding);
  return {
    encode,
    decode(text) {
      if (!pattern.test(text)) return undefined;
      const bytes = Buffer.from(text, encoding);
      return encode(bytes) === text ? bytes : undefined;
    },
  };
}

function hex(pattern: RegExp): Encoding {
  return {
    encode: (bytes) => Buffer.from(bytes).toString('hex'),
    decode: (text) => (pattern.test(text) ? Buffer.from(text, 'hex') : undefined),
  };
}

export const ENCODINGS = {
  /** 64 lower-case characters. */
  hex: hex(/^[0-9a-f]{64}$/),
  base64: canonical('base64', /^[A-Za-z0-9+/]+={0,2}$/),
  base64url: canonical('base64url', /^[A-Za-z0-9_-]+$/),
} as const satisfies Record<string, Encoding>;

export type EncodingName = keyof typeof ENCODINGS;

/** Lower-case RFC 4648 base32 without padding: the alphabet of our generated ids. */
export function encodeBase32(bytes: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let text = '';
  let held = 0;
  let heldBits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    heldBits += 8;
    while (heldBits >= 5) {
      heldBits -= 5;
      text += alphabet[(held >> heldBits) & 31];
    }
    held &= (1 << heldBits) - 1;
  }
  return heldBits > 0 ? text + alphabet[(held << (5 - heldBits)) & 31] : text;
}
