// Checks the text of an imported secret, so that both sides derive the same key bytes from it.

import { LIMITS } from '../../../api/limits.ts';
import type { InboundProfileId, OutboundProfileId } from '../../../protocol/profiles/profiles.ts';
import { KEY_BYTES, type Secret } from '../../../protocol/secret.ts';
import { keyBytesOf } from '../../keys/resolve-key.ts';
import { type OperatorRefusal, refused } from '../outcome.ts';

/** Printable ASCII without outer spaces. Other characters have several encodings, and a space at the end is invisible. */
const PRINTABLE = /^(?! )[ -~]+(?<! )$/;

/** Returns the refusal of a secret, or undefined if it is valid. The message shows no part of the secret. */
export function refuseSecretText(
  secret: Secret,
  profile: InboundProfileId | OutboundProfileId,
): OperatorRefusal | undefined {
  const bytes = countKeyBytes(secret, profile);
  if (bytes === undefined)
    return refused(
      'invalid',
      'The secret has a character outside printable ASCII, or a space at its start or end. Remove it.',
    );
  if (bytes === 'no key')
    return refused('invalid', `The secret is not whsec_ followed by base64, which ${profile} requires.`);
  const { importedSecretMinBytes: min, importedSecretMaxBytes: max } = LIMITS;
  return bytes < min || bytes > max
    ? refused('invalid', `The secret has ${bytes} bytes. It must have ${min}–${max} bytes.`)
    : undefined;
}

function countKeyBytes(secret: Secret, profile: InboundProfileId | OutboundProfileId): number | 'no key' | undefined {
  const text = secret.reveal();
  if (!PRINTABLE.test(text)) return undefined;
  try {
    return KEY_BYTES[keyBytesOf(profile)](text).length;
  } catch {
    return 'no key';
  }
}
