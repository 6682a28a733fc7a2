// A replacement for node:crypto in tests: the same functions, which record every MAC and every signature check.
import * as crypto from 'node:crypto';

export * from 'node:crypto';

/** The recorded calls. The reader resets them. */
export const record = { macs: [] as Buffer[], checks: 0 };

/** Returns an HMAC whose digest is recorded. */
export function createHmac(...parameters: Parameters<typeof crypto.createHmac>): crypto.Hmac {
  const hmac = crypto.createHmac(...parameters);
  const digest = hmac.digest.bind(hmac) as (encoding: crypto.BinaryToTextEncoding | 'binary') => string;
  return Object.assign(hmac, {
    digest(encoding: 'binary'): string {
      const text = digest(encoding);
      record.macs.push(Buffer.from(text, encoding));
      return text;
    },
  });
}

/** Verifies a signature and counts the check. */
export function verify(...parameters: Parameters<typeof crypto.verify>) {
  record.checks += 1;
  return crypto.verify(...parameters);
}
