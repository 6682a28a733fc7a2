// Untrusted text in evidence: without control characters and lone surrogates, and no longer than its limit.
import { CONTROL_CHARACTER } from '../../lib/protocol/evidence/evidence.ts';

const CONTROL_CHARACTERS = new RegExp(CONTROL_CHARACTER.source, 'gu');

/** Returns the text with a replacement character for each control character and each half of a pair. */
export function plainText(text: string, limitCharacters: number): string {
  return text.slice(0, limitCharacters).toWellFormed().replaceAll(CONTROL_CHARACTERS, '\ufffd');
}
