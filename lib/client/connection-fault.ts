// Connection faults: why there was no answer, with host and code, and whether a retry can help.

/** Node's and OpenSSL's codes for untrusted certificates, and for TLS with a server that does not speak it. */
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
  // `fetch` refuses some ports, such as the port of mail. It has a message for them, but no code.
  'bad port',
]);

/** Returns an error that names the host and the cause. `fetch` itself only says `fetch failed`. */
export function nameFault(error: unknown, host: string): Error {
  return new Error(`${host}: ${reasonOf(error)}`, { cause: error });
}

/** Returns true for an error of `nameFault` that a retry cannot avoid: somebody must fix the relay or its address. */
export function isPermanent({ cause }: Error): boolean {
  return PERMANENT.has(reasonOf(cause));
}

function reasonOf(error: unknown): string {
  const { message, cause } = (error ?? {}) as { message?: string; cause?: { code?: string; message?: string } };
  return cause?.code || cause?.message || message || 'no answer';
}
