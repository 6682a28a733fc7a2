// Escaped bytes in lines that fit the terminal.

const TOKEN = /\\x[0-9a-f]{2}|\\.|[^\\]/g;

/** Returns the text in pieces that fit the width, broken after each `\n` and never inside an escape. Joined they are the text. */
export function breakEscaped(escaped: string, width: number): string[] {
  const pieces: string[] = [''];
  for (const token of escaped.match(TOKEN) ?? []) {
    const last = pieces.at(-1) ?? '';
    if (last.length + token.length > width || last.endsWith('\\n')) pieces.push(token);
    else pieces[pieces.length - 1] = last + token;
  }
  return pieces;
}
