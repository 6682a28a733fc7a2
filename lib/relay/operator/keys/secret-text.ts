// What a secret that is brought from elsewhere must look like, so that both sides make the same key of it.

import { LIMITS } from '../../../api/limits.ts';
import type { InboundProfileId, OutboundProfileId } from '../../../protocol/profiles/profiles.ts';
import { KEY_BYTES, type Secret } from '../../../protocol/secret.ts';
import { keyBytesOf } from '../../keys/resolve-key.ts';
import { type OperatorRefusal, refused } from '../outcome.ts';

/** Other scripts have several encodings, and a space at the end is seen by nobody. */
const PRINTABLE = /^(?! )[ -~]+(?<! )$/;

/** Undefined when it will do. Nothing of it is told. */
export function refuseSecretText(
  secret: Secret,
  profile: InboundProfileId | OutboundProfileId,
): OperatorRefusal | undefined {
  const bytes = countKeyBytes(secret, profile);
  if (bytes === undefined)
    return refused('invalid', 'The secret has other characters than printable ASCII, or spaces around it.');
  if (bytes === 'no key') return refused('invalid', `A secret for ${profile} is whsec_ followed by base64.`);
  const { importedSecretMinBytes: min, importedSecretMaxBytes: max } = LIMITS;
  return bytes < min || bytes > max
    ? refused('invalid', `The secret has ${bytes} bytes, and ${min}–${max} are taken.`)
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
