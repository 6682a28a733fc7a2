// Enrolment: a desktop becomes an agent with a one-time token and a signature by its new key.

import { encodeBase32 } from '../../protocol/base32.ts';
import { hashToken } from '../../protocol/enrollment-token.ts';
import type { EnrollRequest, EnrollResponse } from '../../protocol/messages.ts';
import { sha256 } from '../../protocol/sha256.ts';
import { parsePublicKey, thumbprintOf } from '../../protocol/signatures/ed25519-public-key.ts';
import { parseRfc9421 } from '../../protocol/signatures/rfc9421.ts';
import { verifyRequest } from '../../protocol/signatures/verify-request.ts';
import { parseJsonBody } from '../http/json-body.ts';
import type { IncomingRequest, PlainCall } from '../http/request-pipeline.ts';
import { jsonResponse, type Refusal, type RelayResponse } from '../model/http-response.ts';
import type { Directory, Enrollment, EventLog } from '../model/ports.ts';
import type { AgentKey, EnrollmentGrant } from '../model/records.ts';
import { enrollRequest } from '../model/schemas.ts';

/** The ports that enrolment needs. */
export interface EnrollmentPorts {
  readonly enrollment: Enrollment;
  readonly directory: Pick<Directory, 'findAccount' | 'findKey'>;
  readonly eventLog: EventLog;
}

/**
 * Serves `POST /agent/enroll`. The same key may enrol again until its token expires, and gets the same answer. An unknown,
 * expired or otherwise used token is `enrollment_refused`; a revoked key is `agent_identity_in_use`.
 */
export async function enrollAgent(ports: EnrollmentPorts, call: PlainCall): Promise<RelayResponse | Refusal> {
  const body = parseJsonBody(enrollRequest, call.request.body);
  if (!body.ok) return body;
  const refusal = checkOwnSignature(call.request, body.value.publicKey, call.nowMs);
  if (refusal) return refusal;
  const grant = await ports.enrollment.findGrant(hashToken(body.value.token));
  if (!grant || call.nowMs >= grant.expiresAt) return refuseEnrollment('the token is unknown or has expired');
  if (!(await acceptsAgents(ports, grant))) return refuseEnrollment('the account accepts no agents for this pool now');
  const thumbprint = thumbprintOf(body.value.publicKey);
  const key = agentKeyFor(grant, body.value);
  const current = await ports.directory.findKey(key.keyId, call.nowMs);
  if (current?.revokedAt !== undefined) return REVOKED;
  const redeemed = await ports.enrollment.redeem(grant, key, {
    thumbprint,
    name: body.value.name ?? '',
    nowMs: call.nowMs,
  });
  const usedBy = redeemed ? thumbprint : (await ports.enrollment.findGrant(grant.tokenSha256))?.usedBy;
  if (usedBy !== thumbprint) return refuseEnrollment('the token was used by another key');
  const { accountId, keyId: agentId, pool } = key;
  if (redeemed) ports.eventLog.record({ event: 'agent.enrolled', accountId, agentId, pool });
  const serverTime = new Date(call.nowMs).toISOString();
  const answer: EnrollResponse = { agentId, accountId, pool, labels: grant.labels, serverTime };
  return jsonResponse(200, answer);
}

/** The account may have been suspended or deleted, or its pool removed, since the token was made. */
async function acceptsAgents({ directory }: EnrollmentPorts, { accountId, pool }: EnrollmentGrant): Promise<boolean> {
  const account = await directory.findAccount(accountId);
  return account?.state === 'active' && account.pools.includes(pool);
}

/** Returns undefined when the request is signed by the key in its body, else the refusal. */
function checkOwnSignature(request: IncomingRequest, publicKey: string, nowMs: number): Refusal | undefined {
  const material = parsePublicKey(publicKey);
  if (!material) return refuseEnrollment('the public key is not valid, or is of small order');
  const claim = parseRfc9421(request, 'signet-enroll');
  if (!claim.ok) return claim;
  const keyId = thumbprintOf(publicKey);
  if (claim.value.keyId !== keyId) return refuseEnrollment('the key id is not the thumbprint of the public key');
  const key = { keyId, profile: 'rfc9421', algorithm: 'ed25519', material: [material] } as const;
  const verified = verifyRequest(claim.value, key, nowMs);
  return verified.ok ? undefined : { ...verified, claim: claim.value };
}

/** The agent's id is derived from its account and public key, so that a repeated enrolment gets the same id. */
function agentKeyFor(grant: EnrollmentGrant, request: EnrollRequest): AgentKey {
  const { accountId, pool } = grant;
  const id = encodeBase32(sha256(Buffer.from(`${accountId}.${request.publicKey}`))).slice(0, 26);
  return { kind: 'agent', keyId: `agt_${id}`, accountId, profile: 'rfc9421', publicKey: request.publicKey, pool };
}

const REVOKED: Refusal = {
  problem: 'agent_identity_in_use',
  reason: 'the agent with this key is revoked',
  detail: 'This key was enrolled before and has been revoked. Make a new agent key: enrol from an empty state folder.',
};

function refuseEnrollment(reason: string): Refusal {
  const detail = 'Ask the operator for a new token. A token can be used once, within ten minutes.';
  return { problem: 'enrollment_refused', reason, detail };
}
