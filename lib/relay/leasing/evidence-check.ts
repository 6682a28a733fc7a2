// Evidence as it arrives: a JWS of one agent about one lease, or nothing.
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

/** The part of the payload that the relay reads; the rest stays in the JWS for whoever asks for it. */
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
 * Verifies an untrusted compact JWS with the agent's own key: EdDSA only, our `typ`, the agent's `kid`,
 * no key of its own in the header, at most 64 KiB, and a payload of the closed shape.
 */
export async function verifyEvidence(
  jws: string,
  agent: { readonly agentId: string; readonly publicKey: KeyObject },
): Promise<Verdict<CheckedEvidence, 'validation_failed'>> {
  if (Buffer.byteLength(jws) > EVIDENCE_LIMIT_BYTES) return refuse('validation_failed', 'the evidence is too long');
  const opened = await open(jws, agent.publicKey);
  if (!opened) return refuse('validation_failed', 'the evidence is not signed by this agent');
  const { typ, kid, jku, jwk } = opened.protectedHeader;
  if (typ !== EVIDENCE_TYPE || kid !== agent.agentId || jku !== undefined || jwk !== undefined)
    return refuse('validation_failed', 'the evidence has another header than it may');
  return parsePayload(opened.payload);
}

async function open(jws: string, publicKey: KeyObject) {
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
      `the evidence lacks ${checked.error.issues.slice(0, 5).map(({ path }) => path.join('.'))}`,
    );
  const payload = checked.data;
  const reason = REASONS_BY_CONCLUSION[payload.conclusion].find((known) => known === payload.reason);
  if (!reason) return refuse('validation_failed', 'conclusion and reason do not go together');
  if (!hasFittingFinalUrl(payload)) return refuse('validation_failed', 'the final URL is missing or not http(s)');
  return accept({ ...payload, reason });
}

/** Where a link ended is the whole point of `valid` and `changed`; a URL of another scheme is nobody's end. */
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
