// Who sent this: parse, fetch the key, verify, fetch the account. Nothing here changes any state.
import type { ReceivedRequest } from '../protocol/http-message.ts';
import { parseSignedRequest } from '../protocol/parse-request.ts';
import type { SignatureClaim } from '../protocol/signature-claim.ts';
import { accept, refuse, type Verdict } from '../protocol/verdict.ts';
import { type VerifiedRequest, verifyRequest } from '../protocol/verify-request.ts';
import type { Clock, Directory, KeyRings } from './ports.ts';
import type { ProblemCode } from './problems.ts';
import type { Account, KeyRecord } from './records.ts';
import { type ResolvedKey, resolveKey } from './resolve-key.ts';

export interface AuthenticationPorts {
  readonly directory: Directory;
  /** Absent in functions that know agents only. */
  readonly inboundRing?: KeyRings | undefined;
  readonly clock: Clock;
}

/** A request whose signature holds, from an account in good standing. Its one-time value is not claimed yet. */
export interface AuthenticatedRequest<R extends KeyRecord = KeyRecord> {
  readonly verified: VerifiedRequest<ResolvedKey<R>>;
  readonly account: Account;
}

export async function authenticate<K extends KeyRecord['kind']>(
  ports: AuthenticationPorts,
  kind: K,
  request: ReceivedRequest,
): Promise<Verdict<AuthenticatedRequest<Extract<KeyRecord, { kind: K }>>, ProblemCode>> {
  const claim = parseSignedRequest(request);
  if (!claim.ok) return claim;
  const verified = verifyRequest(claim.value, await findKey(ports, claim.value), ports.clock());
  if (!verified.ok) return verified;
  if (verified.value.key.record.kind !== kind) return refuse('not_permitted', `a key of another kind than ${kind}`);
  const account = await ports.directory.findAccount(verified.value.key.record.accountId);
  if (!account) return refuse('signature_invalid', 'the account is gone');
  if (account.state === 'suspended') return refuse('account_suspended', 'the account is suspended');
  return accept({ verified: verified.value as never, account });
}

async function findKey(ports: AuthenticationPorts, claim: SignatureClaim): Promise<ResolvedKey | undefined> {
  // Asked for by what the claim says alone: a key that does not exist is answered like one that does, also without a ring.
  const ring = claim.algorithm === 'hmac-sha256' ? await ports.inboundRing?.read() : undefined;
  const record = await ports.directory.findKey(claim.keyId);
  return record && resolveKey(record, ring, ports.clock());
}
