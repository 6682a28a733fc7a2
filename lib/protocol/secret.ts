// A secret text that cannot be printed by accident: strings, JSON and util.inspect show `***`.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { ENCODINGS } from './encoding.ts';

const inspect = Symbol.for('nodejs.util.inspect.custom');

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Every call of this is a place where the secret leaves; keep them few. */
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

/** Copied along, from a file or a terminal, and in no signature visible. @throws Error */
export function requireTrimmed(secret: string): void {
  if (/^\s|\s$/.test(secret)) throw new Error('The secret has spaces or a line break around it. Trim what you read.');
}

const WHSEC = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

/** How a profile turns the secret text into HMAC key bytes. */
export const KEY_BYTES = {
  /** The UTF-8 bytes of the whole text, prefix included. */
  utf8: (text: string): Buffer => Buffer.from(text, 'utf8'),
  /** The base64-decoded bytes after `whsec_` (Standard Webhooks). Throws when the text has another form or holds no byte. */
  base64_after_whsec: (text: string): Buffer => {
    const encoded = WHSEC.exec(text)?.[1];
    const key = encoded && ENCODINGS.base64.decode(encoded);
    if (!key) throw new Error('A Standard Webhooks secret is whsec_ followed by base64.');
    return key;
  },
} as const;

export type KeyBytes = keyof typeof KEY_BYTES;

/** The reusable HMAC key of a secret under a profile's rule. */
export function deriveHmacKey(secret: Secret, keyBytes: KeyBytes): KeyObject {
  return createSecretKey(KEY_BYTES[keyBytes](secret.reveal()));
}

/** The keys of those texts that are a secret under the rule: for explaining what was done with the others. */
export function deriveUsableKeys(keyBytes: KeyBytes, texts: readonly string[]): readonly KeyObject[] {
  return texts.flatMap((text) => {
    try {
      return [deriveHmacKey(new Secret(text), keyBytes)];
    } catch {
      return [];
    }
  });
}
