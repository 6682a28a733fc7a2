// Builds a submission from a plan, in which a test changes what it needs, and sends it.
import type { ProblemCode } from '../../../lib/api/problems.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import type { Account } from '../../../lib/relay/model/records.ts';
import { ACCOUNT, SECOND, unique } from '../../support/relay/samples.ts';
import { plainRequest, sampleSubmission, type World, withHeaders } from '../../support/relay/world.ts';
import { signLinkPeeler, signMessage } from '../../support/signing/signing.ts';

/** A submission before it is built. Each fault changes one thing in it. The submission is signed last. */
export interface Plan {
  method: string;
  path: string;
  fields: Record<string, unknown>;
  paddingBytes: number;
  contentType: string;
  isSigned: boolean;
  by: 'partner' | 'agent';
  isWrongSecret: boolean;
  isUnknownKey: boolean;
  timestampMs: number;
  nonce: string;
  account: Partial<Account>;
  /** Steps to run before the submission is sent. */
  before: ((world: World, plan: Plan) => Promise<unknown>)[];
}

export interface Fault {
  readonly name: string;
  readonly problem: ProblemCode;
  readonly apply: (plan: Plan) => void;
}

/** The faults, in the order in which the relay checks. */
export const FAULTS: readonly Fault[] = [
  fault('an unknown path', 'not_found', (plan) => {
    plan.path = '/api/nothing';
  }),
  fault('a body that is too large', 'body_too_large', (plan) => {
    plan.paddingBytes = 64 * 1024;
  }),
  fault('another media type', 'media_type_unsupported', (plan) => {
    plan.contentType = 'text/plain';
  }),
  fault('no signature', 'signature_missing', (plan) => {
    plan.isSigned = false;
  }),
  fault('a nonce that is too short', 'request_malformed', (plan) => {
    plan.nonce = 'short';
  }),
  fault('an old timestamp', 'timestamp_out_of_range', (plan) => {
    plan.timestampMs -= 302 * SECOND;
  }),
  fault('a wrong signature', 'signature_invalid', (plan) => {
    plan.isWrongSecret = true;
  }),
  fault('a key of the other kind', 'not_permitted', (plan) => {
    plan.by = 'agent';
  }),
  fault('a suspended account', 'account_suspended', (plan) => {
    plan.account = { ...plan.account, state: 'suspended' };
  }),
  fault('a one-time value that was claimed before', 'nonce_replayed', (plan) => {
    plan.before.push((world, { nonce }) => world.ask(signedRead(world, nonce)));
  }),
  fault('an unknown field', 'validation_failed', (plan) => {
    plan.fields['surprise'] = true;
  }),
  fault('a URL of a refused scheme', 'url_refused', (plan) => {
    plan.fields['trackingUrl'] = 'ftp://example.com/';
  }),
  fault('a pool that the account does not have', 'validation_failed', (plan) => {
    plan.fields['pool'] = 'third';
  }),
  fault('an idempotency key that was used for another submission', 'idempotency_key_reused', (plan) => {
    plan.before.push((world, { fields }) =>
      world.submit(sampleSubmission({ idempotencyKey: fields['idempotencyKey'], rowId: 'another' })),
    );
  }),
  fault('a quota that is used up', 'quota_exceeded', (plan) => {
    plan.account = { ...plan.account, jobsPerMonth: 0 };
  }),
];

function fault(name: string, problem: ProblemCode, apply: Fault['apply']): Fault {
  return { name, problem, apply };
}

function signedRead(world: World, nonce: string): IncomingRequest {
  const request = plainRequest({ path: '/api/links/job_1' });
  const { key, secret } = world.partner;
  return withHeaders(
    request,
    signLinkPeeler(request.body, secret, { keyId: key.keyId, timestampMs: world.time.nowMs, nonce }),
  );
}

/** Builds a submission with the faults and sends it. Returns the answer and the number of one-time values that it claimed. */
export async function sendWith(world: World, faults: readonly Fault['apply'][]) {
  const plan: Plan = {
    method: 'POST',
    path: '/api/links/fetch',
    fields: sampleSubmission(),
    paddingBytes: 0,
    contentType: 'application/json',
    isSigned: true,
    by: 'partner',
    isWrongSecret: false,
    isUnknownKey: false,
    timestampMs: world.time.nowMs,
    nonce: unique('0123456789abcdef-'),
    account: {},
    before: [],
  };
  for (const apply of faults) apply(plan);
  for (const step of plan.before) await step(world, plan);
  await world.ports.registry.putAccount({ ...ACCOUNT, ...plan.account });
  const claimedBefore = world.ports.oneTimeValues.count();
  const request = toRequest(world, plan);
  const answer = await world.ask(request);
  return { plan, request, answer, claimed: world.ports.oneTimeValues.count() - claimedBefore };
}

/** Returns the request that a plan describes. */
export function toRequest(world: World, plan: Plan): IncomingRequest {
  const body = Buffer.from(JSON.stringify(plan.fields) + ' '.repeat(plan.paddingBytes));
  const request = plainRequest({ method: plan.method, path: plan.path, body });
  const typed = withHeaders(request, { 'content-type': plan.contentType });
  return plan.isSigned ? withHeaders(typed, signatureOf(world, plan, request)) : typed;
}

function signatureOf(world: World, plan: Plan, request: IncomingRequest): Record<string, string> {
  const { timestampMs, nonce, isWrongSecret } = plan;
  const keyId = plan.isUnknownKey ? 'nobody' : world[plan.by].key.keyId;
  const signing = { keyId, timestampMs, nonce };
  if (plan.by === 'partner')
    return signLinkPeeler(request.body, isWrongSecret ? 'sk_wrong' : world.partner.secret, signing);
  const headers = signMessage(request, world.agent.privateKey, signing);
  return isWrongSecret ? { ...headers, signature: `sig=:${Buffer.alloc(64).toString('base64')}:` } : headers;
}
