// Verifies the evidence that an agent reports: a JWS that is signed with the agent's key and has the expected payload.
import type { KeyObject } from 'node:crypto';
import { compactVerify } from 'jose';
import type { AddressPolicy } from '../../net/address-policy.ts';
import { parseEvidence } from '../../protocol/evidence/parse-evidence.ts';
import { parseStrictJson } from '../../protocol/strict-json.ts';
import { accept, refuse, type Verdict } from '../../protocol/verdict.ts';
import { type CheckedEvidence, findContradiction } from './evidence-contradictions.ts';
import { parsePayload } from './evidence-schema.ts';

/** The agent that must have signed the evidence, and where a final URL may lead. */
export interface EvidenceRules {
  readonly agentId: string;
  readonly publicKey: KeyObject;
  readonly addresses: AddressPolicy;
}

/**
 * Verifies an untrusted compact JWS with the agent's public key and returns its payload. Its form is checked first: see
 * `parseEvidence`. Then the payload must be strict JSON, fit the closed schema, and not contradict itself. This does not
 * check which lease the payload is about.
 */
export async function verifyEvidence(
  jws: string,
  { agentId, publicKey, addresses }: EvidenceRules,
): Promise<Verdict<CheckedEvidence, 'validation_failed'>> {
  const bytes = parseEvidence(jws, agentId);
  if (!bytes.ok) return bytes;
  if (!(await isSigned(jws, publicKey))) return invalid('the evidence is not signed by this agent');
  const json = parseStrictJson(bytes.value);
  if (!json.ok) return invalid(`the payload of the evidence ${json.reason}`);
  const payload = parsePayload(json.value);
  if (!payload.ok) return payload;
  const contradiction = findContradiction(payload.value, addresses);
  // The check of the reason makes it one of the closed list.
  return contradiction === undefined ? accept(payload.value as CheckedEvidence) : invalid(contradiction);
}

function invalid(reason: string) {
  return refuse('validation_failed', reason);
}

async function isSigned(jws: string, publicKey: KeyObject): Promise<boolean> {
  try {
    await compactVerify(jws, publicKey, { algorithms: ['EdDSA'] });
    return true;
  } catch {
    return false;
  }
}
