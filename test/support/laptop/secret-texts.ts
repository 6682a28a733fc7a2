// Collects the secrets in local.json, in the form in which they would leak.
import { readFileSync } from 'node:fs';
import type { LocalState } from '../../../lib/local/state-file.ts';

/**
 * Returns the secrets of keys and endpoints, and the private key without its PEM frame.
 *
 * @throws Error if a secret is missing or too short to search for.
 */
export function secretTextsOf({ keys, webhook, ownWebhooks }: LocalState): readonly string[] {
  const shared = [...keys, webhook, ...ownWebhooks].flatMap(({ secret }) => secret ?? []);
  const privateKeys = keys.flatMap(({ privateKeyFile }) => (privateKeyFile ? [unframed(privateKeyFile)] : []));
  const texts = [...shared, ...privateKeys];
  if (texts.length !== keys.length + 1 + ownWebhooks.length || texts.some((text) => text.length < 40))
    throw new Error('A key or an endpoint in local.json has no secret.');
  return texts;
}

function unframed(pemFile: string): string {
  return readFileSync(pemFile, 'utf8')
    .replaceAll(/-----[^-]+-----/g, '')
    .trim();
}
