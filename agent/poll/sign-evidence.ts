// Evidence on the wire: a compact JWS (RFC 7515, EdDSA) that never exceeds its size limit.
import type { KeyObject } from 'node:crypto';
import { CompactSign } from 'jose';
import {
  EVIDENCE_LIMIT_BYTES,
  EVIDENCE_TYPE,
  type EvidencePayload,
  type Hop,
} from '../../lib/protocol/evidence/evidence.ts';
import { shortenUrl } from '../link/describe-hop.ts';

const SHORT_URL_BYTES = 256;

/** What is dropped from each hop, in this order. Conclusion, reason, final URL and statuses always stay. */
const REDUCTIONS: readonly ((hop: Hop) => Hop)[] = [
  ({ cookieNames: _, ...hop }) => hop,
  ({ parametersGained: _, parametersLost: __, ...hop }) => hop,
  ({ timing: { totalMs }, ...hop }) => ({ ...hop, timing: { totalMs } }),
  ({ tls: _, ...hop }) => hop,
  (hop) => ({ ...hop, url: shortenUrl(hop.url, SHORT_URL_BYTES) }),
];

/** Returns the payload as a signed JWS, with as much detail as fits. The key id is the agent's id. */
export async function signEvidence(
  payload: EvidencePayload,
  privateKey: KeyObject,
  limitBytes: number = EVIDENCE_LIMIT_BYTES,
): Promise<string> {
  const header = { alg: 'EdDSA', typ: EVIDENCE_TYPE, kid: payload.agentId };
  const bytes = new TextEncoder().encode(JSON.stringify(fitPayload(payload, limitBytes)));
  return new CompactSign(bytes).setProtectedHeader(header).sign(privateKey);
}

/** Returns the payload after dropping details in a fixed order until its JWS is short enough. */
export function fitPayload(payload: EvidencePayload, limitBytes: number = EVIDENCE_LIMIT_BYTES): EvidencePayload {
  let fitted = payload;
  for (const reduction of REDUCTIONS) {
    if (jwsBytes(fitted) <= limitBytes) return fitted;
    fitted = { ...fitted, hops: fitted.hops.map(reduction) };
  }
  return fitted;
}

/** Returns an upper bound: the protected header, two dots and an Ed25519 signature have less than 512 characters. */
function jwsBytes(payload: EvidencePayload): number {
  return Math.ceil((Buffer.byteLength(JSON.stringify(payload)) * 4) / 3) + 512;
}
