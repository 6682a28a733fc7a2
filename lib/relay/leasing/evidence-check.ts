// Verifies the evidence that an agent reports: a JWS that is signed with the agent's key and has the expected payload.
import type { KeyObject } from 'node:crypto';
import { compactVerify } from 'jose';
import * as z from 'zod/mini';
import { parseHttpUrl } from '../../net/http-url.ts';
import {
  ERROR_LIMIT_CHARACTERS,
  EVIDENCE_LIMIT_BYTES,
  EVIDENCE_TYPE,
  type EvidencePayload,
  FINAL_URL_LIMIT_CHARACTERS,
  REASONS_BY_CONCLUSION,
} from '../../protocol/evidence/evidence.ts';
import { accept, refuse, type Verdict } from '../../protocol/verdict.ts';

/** The part of the payload that the relay reads. The rest stays in the stored JWS. */
export type CheckedEvidence = Omit<EvidencePayload, 'hops'> & { readonly hops: readonly { readonly url: string }[] };

const payloadSchema = z.object({
  accountId: z.string(),
  agentId: z.string(),
  jobId: z.string(),
  createdAt: z.iso.datetime(),
  fence: z.int(),
  trackingUrl: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  hops: z.array(z.object({ url: z.string() })).check(z.maxLength(32)),
  finalUrl: z.optional(z.string().check(z.maxLength(FINAL_URL_LIMIT_CHARACTERS))),
  conclusion: z.enum(Object.keys(REASONS_BY_CONCLUSION) as (keyof typeof REASONS_BY_CONCLUSION)[]),
  reason: z.string(),
  error: z.optional(z.string().check(z.maxLength(ERROR_LIMIT_CHARACTERS))),
});

/**
 * Verifies an untrusted compact JWS with the agent's public key and returns its payload. The JWS must use EdDSA, have our
 * `typ` and the agent's `kid`, contain no key in its header, and have at most 64 KiB. It does not check which lease the
 * payload is about.
 */
export async function verifyEvidence(
  jws: string,
  agent: { readonly agentId: string; readonly publicKey: KeyObject },
): Promise<Verdict<CheckedEvidence, 'validation_failed'>> {
  if (Buffer.byteLength(jws) > EVIDENCE_LIMIT_BYTES) return refuse('validation_failed', 'the evidence is too long');
  const verified = await verifyJws(jws, agent.publicKey);
  if (!verified) return refuse('validation_failed', 'the evidence is not signed by this agent');
  const { typ, kid, jku, jwk } = verified.protectedHeader;
  if (typ !== EVIDENCE_TYPE || kid !== agent.agentId || jku !== undefined || jwk !== undefined)
    return refuse('validation_failed', 'the protected header of the evidence is not allowed');
  return parsePayload(verified.payload);
}

async function verifyJws(jws: string, publicKey: KeyObject) {
  try {
    return await compactVerify(jws, publicKey, { algorithms: ['EdDSA'] });
  } catch {
    return undefined;
  }
}

function parsePayload(bytes: Uint8Array): Verdict<CheckedEvidence, 'validation_failed'> {
  const checked = payloadSchema.safeParse(parseJson(bytes));
  if (!checked.success)
    return refuse(
      'validation_failed',
      `these fields of the evidence are missing or not valid: ${checked.error.issues
        .slice(0, 5)
        .map(({ path }) => path.join('.'))}`,
    );
  const payload = checked.data;
  const reason = REASONS_BY_CONCLUSION[payload.conclusion].find((known) => known === payload.reason);
  if (!reason) return refuse('validation_failed', 'the reason does not belong to the conclusion');
  if (!hasFittingFinalUrl(payload)) return refuse('validation_failed', 'the final URL is missing or not http(s)');
  return accept({ ...payload, reason });
}

/** `valid` and `changed` need a final URL, or an error that says why there is none. A final URL must be http or https. */
function hasFittingFinalUrl({ conclusion, finalUrl, error }: z.infer<typeof payloadSchema>): boolean {
  if (finalUrl !== undefined) return parseHttpUrl(finalUrl).ok;
  return error !== undefined || (conclusion !== 'valid' && conclusion !== 'changed');
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
