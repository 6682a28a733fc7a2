// The Content-Digest header (RFC 9530), with sha-256 only.
import { ENCODINGS } from '../encoding.ts';
import { sha256 } from '../sha256.ts';
import { accept, refuse, type Verdict } from '../verdict.ts';
import { readDictionary } from './structured-dictionary.ts';

/** Returns the header's value for these exact bytes. */
export function formatContentDigest(body: Uint8Array): string {
  return `sha-256=:${ENCODINGS.base64.encode(sha256(body))}:`;
}

/** Reads the sha-256 digest from an untrusted header. It ignores the digests of other algorithms. */
export function parseContentDigest(text: string): Verdict<Buffer, 'request_malformed'> {
  const members = readDictionary(text);
  if (!members) return refuse('request_malformed', 'content-digest is not a structured dictionary');
  const stated = members.get('sha-256');
  const digest = stated === undefined ? undefined : parseByteSequence(stated);
  if (digest?.length !== 32) return refuse('request_malformed', 'content-digest has no sha-256 of 32 bytes');
  return accept(digest);
}

/**
 * Returns the bytes of a structured-field byte sequence `:base64:` (RFC 9651), or undefined for any other text.
 * The sequence must have no parameters, and its base64 must be canonical.
 */
export function parseByteSequence(text: string): Buffer | undefined {
  const inner = /^:([^:]*):$/.exec(text)?.[1];
  return inner === undefined ? undefined : ENCODINGS.base64.decode(inner);
}
