// Who sent this: parse, fetch the key, verify, fetch the account. Nothing here changes any state.

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

export type AuthenticationPorts = KeyPorts;

interface AuthenticationTools extends AuthenticationPorts {
  readonly diagnose: Diagnose;
}

/** A request whose signature holds, from an account in good standing. Its one-time value is not claimed yet. */
export interface AuthenticatedRequest<R extends KeyRecord = KeyRecord> {
  readonly verified: VerifiedRequest<ResolvedKey<R>>;
  readonly account: Account;
}

export async function authenticate<K extends KeyRecord['kind']>(
  ports: AuthenticationTools,
  kind: K,
  request: ReceivedRequest,
): Promise<Accepted<AuthenticatedRequest<Extract<KeyRecord, { kind: K }>>> | RefusedRequest> {
  const claim = parseSignedRequest(request);
  if (!claim.ok) return { ...claim, suspicion: diagnoseRequestForm(request.headers) };
  // Before the key is looked for: the answer is the same with and without one, and so is what it costs.
  if (!isCurrent(claim.value, ports.clock()))
    return { ...refuse('timestamp_out_of_range', 'the time is not ours'), claim: claim.value };
  const { verified, key } = await verifyByNewestRow(ports, claim.value);
  if (!verified.ok) return explain(ports, verified, claim.value, key);
  if (verified.value.key.record.kind !== kind) return refuse('not_permitted', `a key of another kind than ${kind}`);
  const account = await ports.directory.findAccount(verified.value.key.record.accountId);
  if (!account) return explain(ports, refuse('signature_invalid', 'the account is gone'), claim.value, undefined);
  if (isShutOut(kind, account)) return refuse('account_suspended', `the account is ${account.state}`);
  return accept({ verified: verified.value as never, account });
}

/** Agents of a suspended account may report and keep what they hold: what they found out is not lost. */
function isShutOut(kind: KeyRecord['kind'], { state }: Account): boolean {
  return state === 'deleting' || (state === 'suspended' && kind !== 'agent');
}

/**
 * A row that is kept in a warm function may be older than a rotation, and it is faster than one that does not exist. So a
 * signature is refused only by a row that was read for this request: one read for every refusal, whoever has the key.
 */
async function verifyByNewestRow(ports: AuthenticationPorts, claim: SignatureClaim) {
  const askedAt = ports.clock();
  const { record, key, failure } = await findKey(ports, claim);
  const verified = verifyRequest(claim, key, ports.clock());
  if (verified.ok || verified.problem !== 'signature_invalid' || !record) return { verified, key };
  const newest = await findKey(ports, claim, askedAt);
  const isSame = JSON.stringify(newest.record) === JSON.stringify(record);
  const last = isSame && !failure ? verified : verifyRequest(claim, newest.key, ports.clock());
  // It may be signed with the very secret that cannot be read: that is for the sender to try again.
  if (!last.ok && newest.failure) throw newest.failure;
  return { verified: last, key: newest.key };
}

/** A refusal, with what helps its sender to mend it. */
type RefusedRequest = Refused<ProblemCode> & Pick<Refusal, 'claim' | 'suspicion' | 'mistakesWereTried'>;

function explain(
  { diagnose }: AuthenticationTools,
  refused: Refused<ProblemCode>,
  claim: SignatureClaim,
  key: ResolvedKey | undefined,
): RefusedRequest {
  if (refused.problem !== 'signature_invalid') return { ...refused, claim };
  const { suspicion, wasTried } = diagnose(claim, key?.material ?? []);
  return { ...refused, claim, suspicion, mistakesWereTried: wasTried };
}
