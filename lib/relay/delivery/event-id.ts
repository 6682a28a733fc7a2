// The id of an event follows from what it is about: whoever derives it again gets the same.
import { encodeBase32 } from '../../protocol/base32.ts';
import { lengthPrefixed } from '../../protocol/length-prefixed.ts';
import { sha256 } from '../../protocol/sha256.ts';

export function deriveEventId(...names: readonly string[]): string {
  return `evt_${encodeBase32(sha256(lengthPrefixed(...names))).slice(0, 32)}`;
}
