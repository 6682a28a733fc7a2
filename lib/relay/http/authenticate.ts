// Authentication: parse the signature, find the key, verify, find the account. Nothing here changes any state.

import type { ProblemCode } from '../../api/problems.ts';
import { diagnoseRequestForm } from '../../protocol/diagnosis/diagnose-form.ts';
import type { ReceivedRequest } from '../../protocol/http-message.ts';
import type { SignatureClaim } from '../../protocol/profiles/signature-claim.ts';
import { parseSignedRequest } from '../../protocol/signatures/parse-request.ts';
import { isCurrent, type VerifiedRequest, verifyRequest } from '../../protocol/signatures/verify-request.ts';
import { type Accepted, accept, type Refused, refuse } from '../../protocol/verdict.ts';
import type { ResolvedKey } from '../keys/resolve-key.ts';
import type { Refusal } from '../model/http-response.ts';
import type { Account, KeyRecord } from '../model/records.ts';
import type { Diagnose } from './diagnose.ts';
import { findKey, type KeyPorts } from './find-key.ts';

/** The ports that authentication needs. */
export type AuthenticationPorts = KeyPorts;

interface AuthenticationTools extends AuthenticationPorts {
  readonly diagnose: Diagnose;
}

/** A request with a valid signature, from an account that may call the relay. Its one-time value is not claimed yet. */
export interface AuthenticatedRequest<R extends KeyRecord = KeyRecord> {
  readonly verified: VerifiedRequest<ResolvedKey<R>>;
  readonly account: Account;
}

/**
 * Verifies an untrusted request that must be signed with a key of the given kind, and returns it with its account. A
 * refusal carries the claim and, for a wrong signature, the likely mistake.
 * @throws DependencyUnavailable when a row or a secret that is needed cannot be read.
 */
export async function authenticate<K extends KeyRecord['kind']>(
  ports: AuthenticationTools,
  kind: K,
  request: ReceivedRequest,
): Promise<Accepted<AuthenticatedRequest<Extract<KeyRecord, { kind: K }>>> | RefusedRequest> {
  const claim = parseSignedRequest(request);
  if (!claim.ok) return { ...claim, suspicion: diagnoseRequestForm(request.headers) };
  // The time is checked before the key is read, so that the answer and its cost do not show whether the key exists.
  if (!isCurrent(claim.value, ports.clock()))
    return { ...refuse('timestamp_out_of_range', 'the timestamp is out of range'), claim: claim.value };
  const { verified, key } = await verifyByNewestRow(ports, claim.value);
  if (!verified.ok) return addDiagnosis(ports, verified, claim.value, key);
  if (verified.value.key.record.kind !== kind) return refuse('not_permitted', `the key is not of the kind ${kind}`);
  const account = await ports.directory.findAccount(verified.value.key.record.accountId);
  if (!account)
    return addDiagnosis(ports, refuse('signature_invalid', 'the account does not exist'), claim.value, undefined);
  if (isLockedOut(kind, account)) return refuse('account_suspended', `the account is ${account.state}`);
  return accept({ verified: verified.value as never, account });
}

/** Agents of a suspended account may still report and renew, so that finished work is not lost. */
function isLockedOut(kind: KeyRecord['kind'], { state }: Account): boolean {
  return state === 'deleting' || (state === 'suspended' && kind !== 'agent');
}

/**
 * A signature is refused only by a row that was read during this request. A cached row may be older than a rotation. It is
 * also found faster than a missing row, so without this read the response time would show which key ids exist.
 */
async function verifyByNewestRow(ports: AuthenticationPorts, claim: SignatureClaim) {
  const startedAt = ports.clock();
  const { record, key, failure } = await findKey(ports, claim);
  const verified = verifyRequest(claim, key, ports.clock());
  if (verified.ok || verified.problem !== 'signature_invalid' || !record) return { verified, key };
  const newest = await findKey(ports, claim, startedAt);
  const isSame = JSON.stringify(newest.record) === JSON.stringify(record);
  const verifiedAgain = isSame && !failure ? verified : verifyRequest(claim, newest.key, ports.clock());
  // The request may be signed with the secret that could not be read. The caller can retry, so this is not a refusal.
  if (!verifiedAgain.ok && newest.failure) throw newest.failure;
  return { verified: verifiedAgain, key: newest.key };
}

/** A refusal, with the facts that help the sender to correct the request. */
type RefusedRequest = Refused<ProblemCode> & Pick<Refusal, 'claim' | 'suspicion' | 'mistakesWereTried'>;

function addDiagnosis(
  { diagnose }: AuthenticationTools,
  refused: Refused<ProblemCode>,
  claim: SignatureClaim,
  key: ResolvedKey | undefined,
): RefusedRequest {
  if (refused.problem !== 'signature_invalid') return { ...refused, claim };
  const { suspicion, wasTried } = diagnose(claim, key?.material ?? []);
  return { ...refused, claim, suspicion, mistakesWereTried: wasTried };
}
