// Evidence on the wire: a compact JWS (RFC 7515, EdDSA) that never exceeds its size limit.
import type { KeyObject } from 'node:crypto';
import { CompactSign } from 'jose';
import {
  EVIDENCE_LIMIT_BYTES,
  EVIDENCE_TYPE,
  type EvidencePayload,
  type Hop,
  TRIMMED_URL_LIMIT_BYTES,
} from '../../lib/protocol/evidence/evidence.ts';
import { shortenUrl } from '../../lib/protocol/evidence/shorten-url.ts';

/** What is dropped from each hop, in this order. Conclusion, reason, final URL and statuses always stay. */
const REDUCTIONS: readonly ((hop: Hop, isLast: boolean) => Hop)[] = [
  ({ cookieNamesSent: _, ...hop }) => hop,
  ({ cookieNames: _, ...hop }) => hop,
  ({ parametersGained: _, parametersLost: __, ...hop }) => hop,
  ({ timing: { totalMs }, ...hop }) => ({ ...hop, timing: { totalMs } }),
  ({ contentType: _, ...hop }) => hop,
  ({ tls: _, ...hop }) => hop,
  ({ bodySha256, ...hop }, isLast) => (isLast && bodySha256 !== undefined ? { ...hop, bodySha256 } : hop),
  (hop) => ({ ...hop, url: shortenUrl(hop.url, TRIMMED_URL_LIMIT_BYTES) }),
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

/**
 * Returns the payload after dropping details in a fixed order until its JWS is short enough. `trimmed` says that some were
 * dropped.
 */
export function fitPayload(payload: EvidencePayload, limitBytes: number = EVIDENCE_LIMIT_BYTES): EvidencePayload {
  let fitted = payload;
  for (const reduction of REDUCTIONS) {
    if (jwsBytes(fitted) <= limitBytes) return fitted;
    const hops = fitted.hops.map((hop, at) => reduction(hop, at === fitted.hops.length - 1));
    fitted = { ...fitted, hops, trimmed: true };
  }
  return fitted;
}

/** Returns an upper bound: the protected header, two dots and an Ed25519 signature have less than 512 characters. */
function jwsBytes(payload: EvidencePayload): number {
  return Math.ceil((Buffer.byteLength(JSON.stringify(payload)) * 4) / 3) + 512;
}
