// Whose command a line is.
import { COMMANDS } from './command-line.ts';

/** True when the first word that is no option is a partner's command. Options may stand before it. */
export function isPartnerLine(words: readonly string[]): boolean {
  const known = (word: string | undefined) => word !== undefined && Object.hasOwn(COMMANDS, word);
  const [first = ''] = words;
  return known(first) || (first.startsWith('-') && !/^--(?:stage|local)\b/.test(first) && words.some(known));
}
