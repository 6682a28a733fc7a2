// Evidence as bytes on the wire: reads the three parts of a compact JWS strictly, before its signature is verified.
import { ENCODINGS } from '../encoding.ts';
import { parseStrictJson } from '../strict-json.ts';
import { accept, refuse, type Verdict } from '../verdict.ts';
import { EVIDENCE_LIMIT_BYTES, EVIDENCE_TYPE } from './evidence.ts';

const PARTS = ['protected header', 'payload', 'signature'] as const;
const SIGNATURE_BYTES = 64;

/**
 * Returns the payload bytes of an untrusted compact JWS (RFC 7515, section 7.1) that has the form of this agent's
 * evidence. Its signature is not verified. The protected header has exactly `alg` EdDSA, our `typ`, and the agent's `kid`:
 * so no `crit`, `b64`, `zip`, and no key or address of a key. All parts are canonical base64url without padding.
 */
export function parseEvidence(jws: string, agentId: string): Verdict<Buffer, 'validation_failed'> {
  if (Buffer.byteLength(jws) > EVIDENCE_LIMIT_BYTES) return invalid(`has more than ${EVIDENCE_LIMIT_BYTES} bytes`);
  const texts = jws.split('.');
  if (texts.length !== PARTS.length) return invalid('is not a compact JWS with three parts');
  const [header, payload, signature] = texts.map((text) => ENCODINGS.base64url.decode(text));
  if (!header || !payload || !signature) return invalid(describeBadPart([header, payload, signature]));
  if (signature.length !== SIGNATURE_BYTES) return invalid(`has a signature of ${signature.length} bytes, not 64`);
  const fault = findHeaderFault(header, agentId);
  return fault === undefined ? accept(payload) : invalid(`has a protected header that ${fault}`);
}

function invalid(fault: string) {
  return refuse('validation_failed', `the evidence ${fault}`);
}

function describeBadPart(decoded: readonly (Buffer | undefined)[]): string {
  const at = decoded.indexOf(undefined);
  return `has a ${PARTS[at]} that is not canonical base64url without padding`;
}

/** Returns what is wrong with the header, as the end of a sentence. */
function findHeaderFault(bytes: Buffer, agentId: string): string | undefined {
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) return parsed.reason;
  if (typeof parsed.value !== 'object' || parsed.value === null) return 'is not an object';
  const header = new Map(Object.entries(parsed.value));
  const expected = { alg: 'EdDSA', typ: EVIDENCE_TYPE, kid: agentId };
  const wrong = Object.entries(expected).find(([name, value]) => header.get(name) !== value);
  if (wrong) return header.has(wrong[0]) ? `has another ${wrong[0]}` : `has no ${wrong[0]}`;
  const other = [...header.keys()].find((name) => !Object.hasOwn(expected, name));
  return other === undefined ? undefined : `has ${describeMember(other)}, which is not allowed`;
}

function describeMember(name: string): string {
  return /^[\w#]{1,40}$/.test(name) ? `the member ${name}` : 'another member';
}
