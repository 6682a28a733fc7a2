// node:crypto as the relay sees it while a test watches: the same functions, and a record of every MAC and every check.
import * as crypto from 'node:crypto';

export * from 'node:crypto';

/** Emptied by whoever reads it. */
export const record = { macs: [] as Buffer[], checks: 0 };

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

export function verify(...parameters: Parameters<typeof crypto.verify>) {
  record.checks += 1;
  return crypto.verify(...parameters);
}
