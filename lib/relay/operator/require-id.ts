// The one form of the ids that operators choose.
import { KEY_ID } from '../../protocol/grammar.ts';

/** @throws Error in the operator's words. */
export function requireKeyId(text: string): void {
  if (!KEY_ID.test(text)) throw new Error('A key id has 1–64 characters of A–Z, a–z, 0–9, _ and -.');
}
