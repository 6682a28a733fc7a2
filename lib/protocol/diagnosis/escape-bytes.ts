// Bytes as text that shows every one of them, so that two sides can compare what they signed.

/** Printable ASCII stands for itself, a backslash is doubled, and every other byte is `\\n`, `\\r`, `\\t` or `\\xNN`. */
export function escapeBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[^\x20-\x5b\x5d-\x7e]/g, (character) => NAMED[character] ?? hex(character));
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function hex(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
