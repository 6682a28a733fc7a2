// Why nobody answered: said with host and code, and whether another attempt may find it otherwise.

/** Certificates that are not trusted, and TLS with what speaks none: by the codes of Node and OpenSSL. */
const PERMANENT: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  // The ports that fetch leaves alone, as that of mail; it has no code for them.
  'bad port',
]);

/** `fetch failed` says nothing; its cause does. */
export function nameFault(error: unknown, host: string): Error {
  return new Error(`${host}: ${reasonOf(error)}`, { cause: error });
}

/** True for an error of `nameFault` that the same call meets again until somebody mends the relay or its address. */
export function isPermanent({ cause }: Error): boolean {
  return PERMANENT.has(reasonOf(cause));
}

function reasonOf(error: unknown): string {
  const { message, cause } = (error ?? {}) as { message?: string; cause?: { code?: string; message?: string } };
  return cause?.code || cause?.message || message || 'no answer';
}
