// Finds what must never leave: secrets and MACs, in every encoding in which they could.

/** Those of the byte strings, each of 32 bytes or more, that the text holds in hex or in base64 of either kind. */
export function findBytes(text: string, all: readonly Buffer[]): Buffer[] {
  const runs = text
    .split(/[^A-Za-z0-9+/_-]/)
    .filter(({ length }) => length > 41)
    .join(' ');
  if (runs === '') return [];
  const lowerCase = runs.toLowerCase();
  const asBase64 = runs.replaceAll('-', '+').replaceAll('_', '/');
  return all.filter(
    // The last letter of base64 depends on what follows, so it is left out.
    (bytes) => lowerCase.includes(bytes.toString('hex')) || asBase64.includes(bytes.toString('base64', 0, 30)),
  );
}

/** What betrays a secret text: what follows its prefix, and its bytes, encoded. */
export function formsOf(secret: string): { readonly text: string; readonly bytes: readonly Buffer[] } {
  const text = secret.replace(/^sk_/, '');
  return { text, bytes: [Buffer.from(text, 'base64url'), Buffer.from(secret), Buffer.from(text)] };
}
