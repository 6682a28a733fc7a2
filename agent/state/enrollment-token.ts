// The one word that an operator pastes: which relay, and the secret that lets one key in.
import { accept, refuse, type Verdict } from '../../lib/protocol/verdict.ts';

export interface EnrollmentToken {
  /** Origin of the relay, without a path. */
  readonly relayUrl: string;
  /** 256 bits in base64url: what the relay is shown. */
  readonly secret: string;
}

/** `set_` and base64url of `{"u": relay URL, "t": secret}`. Untrusted: people paste all sorts of things. */
export function parseEnrollmentToken(text: string): Verdict<EnrollmentToken, 'token_malformed'> {
  const [, encoded] = /^set_([A-Za-z0-9_-]{1,4096})$/.exec(text.trim()) ?? [];
  if (!encoded) return refuse('token_malformed', 'an enrolment token is one word that begins with set_');
  const fields = parseJson(Buffer.from(encoded, 'base64url').toString('utf8')) as { u?: unknown; t?: unknown } | null;
  const url = typeof fields?.u === 'string' ? URL.parse(fields.u) : null;
  if (!url || !isRelayUrl(url)) return refuse('token_malformed', 'it names no relay; was it copied whole?');
  if (typeof fields?.t !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(fields.t)) {
    return refuse('token_malformed', 'it has no secret; was it copied whole?');
  }
  return accept({ relayUrl: url.origin, secret: fields.t });
}

/** Plain http only to this machine: a token is a bearer secret until it is used. */
function isRelayUrl(url: URL): boolean {
  const isPlain =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return isPlain && (url.protocol === 'https:' || (url.protocol === 'http:' && isOwnMachine(url.hostname)));
}

/** True for a host name that always means this very machine. */
export function isOwnMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
