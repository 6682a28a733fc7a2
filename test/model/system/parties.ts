// The partners and agents of the model, with calls as the request pipeline passes them to handlers.
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
  /** Returns a call with this body and this one-time value, at the current time. */
  readonly call: (body: unknown, value: string, ports: CallPorts, headers?: Readonly<Record<string, string>>) => C;
}

export type PartnerParty = PartyOf<PartnerPublicKey, PartnerCall>;
export type AgentParty = PartyOf<AgentKey, AgentCall>;

interface CallPorts {
  readonly clock: () => number;
  readonly oneTimeValues: OneTimeValues;
}

/** Returns a partner of the account, with a public key. */
export function makePartner(account: Account): PartnerParty {
  const { privateKey, publicKey } = ed25519Pair(3);
  const { accountId } = account;
  return makeParty(
    account,
    { kind: 'partner', keyId: `partner-${accountId}`, accountId, profile: 'rfc9421', publicKey },
    privateKey,
  );
}

/** Returns an agent in the default pool of the account. `name` is 0 or 1. */
export function makeAgent(account: Account, name: number): AgentParty {
  const { privateKey, publicKey } = ed25519Pair(name === 0 ? 1 : 2);
  const {
    accountId,
    pools: [pool],
  } = account;
  const keyId = `agt_${accountId}-${name}`;
  return makeParty(account, { kind: 'agent', keyId, accountId, profile: 'rfc9421', publicKey, pool }, privateKey);
}

/** Signs and verifies one request for the party. Each call then replaces the parts that differ. */
function makeParty<K extends AgentKey | PartnerPublicKey, C>(
  account: Account,
  key: K,
  privateKey: KeyObject,
): PartyOf<K, C> {
  const { verified, request } = verifySampleRequest(key, privateKey);
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

function verifySampleRequest<K extends AgentKey | PartnerPublicKey>(key: K, privateKey: KeyObject) {
  const plain = plainRequest({ method: 'POST', path: '/agent/pull', body: Buffer.from('{}') });
  const signing = { keyId: key.keyId, timestampMs: NOW, nonce: 'nonce-of-a-model-party' };
  const request = withHeaders(plain, signMessage(plain, privateKey, signing));
  const claim = parseSignedRequest(request);
  if (!claim.ok) throw new Error(claim.reason);
  const verified = verifyRequest(claim.value, resolveKey(key, undefined, NOW), NOW);
  if (!verified.ok) throw new Error(verified.reason);
  return { verified: verified.value, request };
}

/** Returns the agent's report for a lease. `variant` distinguishes the results of work that was done twice. */
export type ReportOf = (lease: ResultReport['lease'], variant?: number) => ResultReport;

/** Returns a function that makes the agent's reports. Evidence is signed once for each lease and variant. */
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
