// Base32, the encoding of the ids that we generate.

/** Returns the bytes in lower-case base32 without padding (RFC 4648, section 6). */
export function encodeBase32(bytes: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let text = '';
  let pending = 0;
  let pendingBits = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    pendingBits += 8;
    while (pendingBits >= 5) {
      pendingBits -= 5;
      text += alphabet[(pending >> pendingBits) & 31];
    }
    pending &= (1 << pendingBits) - 1;
  }
  return pendingBits > 0 ? text + alphabet[(pending << (5 - pendingBits)) & 31] : text;
}
