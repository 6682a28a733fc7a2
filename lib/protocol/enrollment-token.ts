// The enrolment token: a text that an operator gives to a desktop. It names the relay and holds a one-time secret.
import { Secret } from './secret.ts';
import { sha256 } from './sha256.ts';
import { accept, refuse, type Verdict } from './verdict.ts';

export interface MadeToken {
  /** `set_` and base64url of `{"u": relay URL, "t": secret}`. */
  readonly token: Secret;
  /** SHA-256 of the secret in hex. The table stores this and never the secret. */
  readonly tokenSha256: string;
}

export interface EnrollmentToken {
  /** Origin of the relay, without a path. */
  readonly relayUrl: string;
  /** 256 bits in base64url. The desktop shows it to the relay once. */
  readonly secret: string;
}

/** Returns a new token for the relay at `relayUrl`. `randomBytes` must return 32 unpredictable bytes. */
export function makeEnrollmentToken(relayUrl: string, randomBytes: () => Buffer): MadeToken {
  const secret = randomBytes().toString('base64url');
  const encoded = Buffer.from(JSON.stringify({ u: relayUrl, t: secret })).toString('base64url');
  return { token: new Secret(`set_${encoded}`), tokenSha256: hashToken(secret) };
}

/** Returns the SHA-256 of a token's secret in lower-case hex. The relay finds the enrolment grant by this hash. */
export function hashToken(secret: string): string {
  return sha256(Buffer.from(secret)).toString('hex');
}

/** Reads a token that a person pasted. The text is untrusted. A refusal's `reason` is a sentence for that person. */
export function parseEnrollmentToken(text: string): Verdict<EnrollmentToken, 'token_malformed'> {
  const [, encoded] = /^set_([A-Za-z0-9_-]{1,4096})$/.exec(text.trim()) ?? [];
  if (!encoded) return refuse('token_malformed', 'an enrolment token begins with set_ and has no spaces');
  const fields = parseJson(Buffer.from(encoded, 'base64url').toString('utf8')) as { u?: unknown; t?: unknown } | null;
  const url = typeof fields?.u === 'string' ? URL.parse(fields.u) : null;
  if (!url || !isRelayUrl(url)) return refuse('token_malformed', 'the token names no relay; was it copied completely?');
  if (typeof fields?.t !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(fields.t)) {
    return refuse('token_malformed', 'the token has no secret; was it copied completely?');
  }
  return accept({ relayUrl: url.origin, secret: fields.t });
}

/**
 * Returns true for an https origin, and for an http origin on this machine.
 * Until the token is used, its secret is a bearer secret, so it may not cross a network in the clear.
 */
function isRelayUrl(url: URL): boolean {
  const isPlain =
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return isPlain && (url.protocol === 'https:' || (url.protocol === 'http:' && isOwnMachine(url.hostname)));
}

/** Returns true for a host name that always means the machine on which this code runs. */
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
