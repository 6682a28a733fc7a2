// Bytes as printable text, so that two sides can compare what they signed.

/** Returns printable ASCII unchanged, `\\` for a backslash, and `\n`, `\r`, `\t` or `\xNN` for every other byte. */
export function escapeBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, (character) => NAMED[character] ?? hex(character));
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function hex(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
