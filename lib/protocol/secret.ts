// Secret texts that cannot be printed by accident, and the HMAC keys that profiles derive from them.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { ENCODINGS } from './encoding.ts';

const inspect = Symbol.for('nodejs.util.inspect.custom');

/** A secret text. Strings, JSON and `util.inspect` show `***` in its place. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the secret text. Every call is a place where the secret can leak, so keep the calls few. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect](): string {
    return 'Secret(***)';
  }
}

/**
 * Checks that a secret has no white space around it. People copy it along from a file or a terminal, and a signature
 * does not show it.
 * @throws Error when the secret begins or ends with white space. The message does not contain the secret.
 */
export function requireTrimmed(secret: string): void {
  if (/^\s|\s$/.test(secret))
    throw new Error('The secret has spaces or a line break around it. Trim the text that you read.');
}

const WHSEC = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** The rules by which a profile turns the secret text into HMAC key bytes. */
export const KEY_BYTES = {
  /** The UTF-8 bytes of the whole text with its prefix. */
  utf8: (text: string): Buffer => Buffer.from(text, 'utf8'),
  /** The base64-decoded bytes after `whsec_` (Standard Webhooks). @throws Error for every other text, and for no bytes. */
  base64_after_whsec: (text: string): Buffer => {
    const encoded = WHSEC.exec(text)?.[1];
    const key = encoded && ENCODINGS.base64.decode(encoded);
    if (!key) throw new Error('A Standard Webhooks secret is whsec_ followed by base64.');
    return key;
  },
} as const;

export type KeyBytes = keyof typeof KEY_BYTES;

/**
 * Returns the HMAC key of a secret under a profile's rule. The key can be used many times.
 * @throws Error when the text does not have the form that the rule needs.
 */
export function deriveHmacKey(secret: Secret, keyBytes: KeyBytes): KeyObject {
  return createSecretKey(KEY_BYTES[keyBytes](secret.reveal()));
}

/** Returns the HMAC keys of the texts that are valid secrets under the rule. It leaves out the other texts. */
export function deriveUsableKeys(keyBytes: KeyBytes, texts: readonly string[]): readonly KeyObject[] {
  return texts.flatMap((text) => {
    try {
      return [deriveHmacKey(new Secret(text), keyBytes)];
    } catch {
      return [];
    }
  });
}
