// Long URLs in evidence: the first bytes, and the hash of the whole.
import { sha256 } from '../sha256.ts';
import { HOP_URL_LIMIT_BYTES, TRIMMED_URL_LIMIT_BYTES } from './evidence.ts';

/** Returns the URL, or its first bytes and the SHA-256 (hex) of the whole when it has more than `limitBytes`. */
export function shortenUrl(href: string, limitBytes: number = HOP_URL_LIMIT_BYTES): string {
  if (Buffer.byteLength(href) <= limitBytes) return href;
  const ending = `#sha256=${sha256(Buffer.from(href)).toString('hex')}`;
  return (
    Buffer.from(href)
      .subarray(0, limitBytes - ending.length)
      .toString('utf8') + ending
  );
}

/** Returns whether a hop's URL is this URL, whole or in one of the short forms that evidence may have. */
export function isHopUrlOf(hopUrl: string, href: string): boolean {
  const short = shortenUrl(href);
  return [href, short, shortenUrl(href, TRIMMED_URL_LIMIT_BYTES), shortenUrl(short, TRIMMED_URL_LIMIT_BYTES)].includes(
    hopUrl,
  );
}

/** Returns whether a hop's URL has the short form. */
export function isShortened(hopUrl: string): boolean {
  return /#sha256=[0-9a-f]{64}$/.test(hopUrl);
}
