// Who takes part, and their calls as the front door hands them on: from requests that were verified.
import type { KeyObject } from 'node:crypto';
import type { ResultReport } from '../../../lib/protocol/messages.ts';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import { verifyRequest } from '../../../lib/protocol/signatures/verify-request.ts';
import type { AgentCall, PartnerCall } from '../../../lib/relay/http/request-pipeline.ts';
import { resolveKey } from '../../../lib/relay/keys/resolve-key.ts';
import type { OneTimeValues, PullClaim } from '../../../lib/relay/model/ports.ts';
import type { Account, AgentKey, PartnerPublicKey } from '../../../lib/relay/model/records.ts';
import { NOW, TRACKING_URL } from '../../support/relay/samples.ts';
import { plainRequest, withHeaders } from '../../support/relay/world.ts';
import { ed25519Pair, signJws, signMessage } from '../../support/signing/signing.ts';

interface PartyOf<K, C> {
  readonly account: Account;
  readonly key: K;
  readonly privateKey: KeyObject;
  /** A call with this body and one-time value, now. */
  readonly call: (body: unknown, value: string, ports: CallPorts, headers?: Readonly<Record<string, string>>) => C;
}

export type PartnerParty = PartyOf<PartnerPublicKey, PartnerCall>;
export type AgentParty = PartyOf<AgentKey, AgentCall>;

interface CallPorts {
  readonly clock: () => number;
  readonly oneTimeValues: OneTimeValues;
}

export function makePartner(account: Account): PartnerParty {
  const { privateKey, publicKey } = ed25519Pair(3);
  const { accountId } = account;
  return makeParty(
    account,
    { kind: 'partner', keyId: `partner-${accountId}`, accountId, profile: 'rfc9421', publicKey },
    privateKey,
  );
}

export function makeAgent(account: Account, name: number): AgentParty {
  const { privateKey, publicKey } = ed25519Pair(name === 0 ? 1 : 2);
  const {
    accountId,
    pools: [pool],
  } = account;
  const keyId = `agt_${accountId}-${name}`;
  return makeParty(account, { kind: 'agent', keyId, accountId, profile: 'rfc9421', publicKey, pool }, privateKey);
}

/** One request is signed and verified for each of them; what changes from call to call is put in its place. */
function makeParty<K extends AgentKey | PartnerPublicKey, C>(
  account: Account,
  key: K,
  privateKey: KeyObject,
): PartyOf<K, C> {
  const { verified, request } = verifyOne(key, privateKey);
  return {
    account,
    key,
    privateKey,
    call(body, value, { clock, oneTimeValues }, headers = {}) {
      const nowMs = clock();
      const oneTimeValue = { keyId: key.keyId, value, expiresAtMs: nowMs + 600_000 };
      return {
        request: {
          ...request,
          headers: { ...request.headers, ...headers },
          requestId: value,
          body: Buffer.from(JSON.stringify(body)),
        },
        parameters: {},
        nowMs,
        account,
        verified: { ...verified, oneTimeValue },
        claimOneTimeValue: (pull?: PullClaim) => oneTimeValues.claim(oneTimeValue, clock(), pull),
      } as C;
    },
  };
}

function verifyOne<K extends AgentKey | PartnerPublicKey>(key: K, privateKey: KeyObject) {
  const plain = plainRequest({ method: 'POST', path: '/agent/pull', body: Buffer.from('{}') });
  const signing = { keyId: key.keyId, timestampMs: NOW, nonce: 'nonce-of-a-model-party' };
  const request = withHeaders(plain, signMessage(plain, privateKey, signing));
  const claim = parseSignedRequest(request);
  if (!claim.ok) throw new Error(claim.reason);
  const verified = verifyRequest(claim.value, resolveKey(key, undefined, NOW), NOW);
  if (!verified.ok) throw new Error(verified.reason);
  return { verified: verified.value, request };
}

/** What this agent would report for a lease. `variant` tells results of the same work, done twice, apart. */
export type ReportOf = (lease: ResultReport['lease'], variant?: number) => ResultReport;

/** Signed once for each lease, however often it is reported. */
export function createReporter({
  account,
  key,
  privateKey,
}: Pick<AgentParty, 'account' | 'key' | 'privateKey'>): ReportOf {
  const signed = new Map<string, string>();
  return (lease, variant = 0) => {
    const name = `${lease.jobId} ${lease.createdAt} ${lease.fence} ${variant}`;
    const jws = signed.get(name) ?? signJws(headerOf(key), payloadOf(account, key, lease, variant), privateKey);
    signed.set(name, jws);
    return { lease, jws };
  };
}

const headerOf = ({ keyId }: AgentKey) => ({ alg: 'EdDSA', typ: 'signet-evidence+jws', kid: keyId });

function payloadOf({ accountId }: Account, { keyId }: AgentKey, lease: ResultReport['lease'], variant: number) {
  const { jobId, createdAt, fence } = lease;
  const finalUrl = `https://shop.example.org/${variant}`;
  return {
    accountId,
    agentId: keyId,
    jobId,
    createdAt,
    fence,
    trackingUrl: TRACKING_URL,
    startedAt: createdAt,
    finishedAt: createdAt,
    hops: [{ url: finalUrl }],
    finalUrl,
    conclusion: 'valid',
    reason: 'final_ok',
  };
}
