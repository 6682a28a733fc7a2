// Why a request got no answer, in words.

export interface ConnectionFault {
  /** The code of the system or of Node. */
  readonly code: string;
  readonly message: string;
}

const FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens on that port',
  ENOTFOUND: 'the host does not exist',
  EAI_AGAIN: 'the name server did not answer',
  ECONNRESET: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  EHOSTUNREACH: 'this machine has no route to it',
  ENETUNREACH: 'this machine has no route to it',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on that port; is it http://?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS on that port; is it http://?',
};

/** https://fetch.spec.whatwg.org/#bad-port */
const BAD_PORT = 'fetch and browsers refuse that port; curl accepts it (signet sign --as curl)';

const UNTRUSTED = 'its certificate is not trusted here; NODE_EXTRA_CA_CERTS=ca.pem adds an authority';

/** Returns what went wrong, for an error that `fetch` threw. */
export function describeFault(error: Error, host: string, timeoutMs: number): ConnectionFault {
  if (error.name === 'TimeoutError')
    return { code: 'TIMEOUT', message: `${host} did not answer within ${timeoutMs / 1000} seconds (--timeout).` };
  const { code, message } = causeOf(error);
  if (message === 'bad port') return { code: 'BAD_PORT', message: `${host}: ${BAD_PORT}.` };
  const isCertificate = /CERT|ISSUER|SIGNATURE/.test(code) && !Object.hasOwn(FAULTS, code);
  const known = isCertificate ? UNTRUSTED : FAULTS[code];
  return { code, message: `${host} did not answer: ${known ? `${known} (${code})` : message || code}.` };
}

/** The reason is in the cause of the error. When Node tried several addresses, the first failure is reported. */
function causeOf(error: Error): ConnectionFault {
  const cause = (error.cause ?? error) as NodeJS.ErrnoException & { readonly errors?: readonly Error[] };
  const first = (cause.errors?.[0] ?? cause) as NodeJS.ErrnoException;
  return { code: first.code ?? cause.code ?? 'UNKNOWN', message: first.message };
}
