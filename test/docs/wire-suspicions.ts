// The table of suspicions in the wire document, made from the code. Run as a program, it writes the table there.
import { readFileSync, writeFileSync } from 'node:fs';
import { SUSPICIONS } from '../../lib/protocol/diagnosis/suspicions.ts';

const HEAD = '| suspicion | what to change |\n|---|---|\n';

/** Returns the table in Markdown. */
export function formatSuspicionTable(): string {
  const rows = Object.entries(SUSPICIONS).map(([code, sentence]) => `| \`${code}\` | ${escapeCell(sentence)} |\n`);
  return HEAD + rows.join('');
}

/** Escapes the bar, which would end the cell, and the angle bracket, which would begin a tag. */
function escapeCell(text: string): string {
  return text.replaceAll(/[|<]/g, '\\$&');
}

if (import.meta.main) {
  const document = new URL('../../lib/protocol/README.md', import.meta.url);
  const [before, after = ''] = readFileSync(document, 'utf8').split(HEAD);
  writeFileSync(document, before + formatSuspicionTable() + after.replace(/^(?:\|.*\n)*/, ''));
}
