// The table of suspicions in the wire document, from the rows of the code. Run as a program it writes the table there.
import { readFileSync, writeFileSync } from 'node:fs';
import { SUSPICIONS } from '../../lib/protocol/diagnosis/suspicions.ts';

const HEAD = '| suspicion | what to change |\n|---|---|\n';

export function formatSuspicionTable(): string {
  const rows = Object.entries(SUSPICIONS).map(([code, sentence]) => `| \`${code}\` | ${escapeCell(sentence)} |\n`);
  return HEAD + rows.join('');
}

/** A bar would end the cell, and an angle bracket begin a tag. */
function escapeCell(text: string): string {
  return text.replaceAll(/[|<]/g, '\\$&');
}

if (import.meta.main) {
  const document = new URL('../../lib/protocol/README.md', import.meta.url);
  const [before, after = ''] = readFileSync(document, 'utf8').split(HEAD);
  writeFileSync(document, before + formatSuspicionTable() + after.replace(/^(?:\|.*\n)*/, ''));
}
