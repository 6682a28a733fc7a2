// Submissions with deliberate faults, under any profile. The faults are listed in the order in which the relay checks.

import { LIMITS } from '../../../lib/api/limits.ts';
import type { ProblemCode } from '../../../lib/api/problems.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import type { Account } from '../../../lib/relay/model/records.ts';
import { ACCOUNT, NOW, SECOND, unique } from '../../support/relay/samples.ts';
import { createWorld, type Partner, plainRequest, sampleSubmission, type World } from '../../support/relay/world.ts';
import { makePartnerOf, PARTNER_WAYS, type PartnerWay } from '../../support/signing/partner-ways.ts';
import { ed25519Pair, type Signing } from '../../support/signing/signing.ts';

/** A submission before it is built. It is signed first; then headers and body are changed as the faults say. */
export interface Plan {
  readonly world: World;
  readonly way: PartnerWay;
  method: string;
  path: string;
  by: Partner;
  isSigned: boolean;
  hasWrongSecret: boolean;
  fields: Record<string, unknown>;
  hasBody: boolean;
  paddingBytes: number;
  signing: Partial<Signing>;
  /** Headers that replace or join the signed ones. */
  headers: Record<string, string>;
  /** A text that is added to the body after signing. */
  addedText: string;
  account: Partial<Account>;
  /** True: the idempotency key was used before, for another submission of the same account. */
  isKeyInUse: boolean;
  isOneTimeValueClaimed: boolean;
}

/** One thing that can be wrong, and the problem that answers it. */
export interface Fault {
  readonly name: string;
  readonly problem: ProblemCode;
  readonly apply: (plan: Plan) => unknown;
  /** Absent: the fault is possible under every profile. */
  readonly isPossible?: (way: PartnerWay) => boolean;
}

/** One step of the checks. Its faults have no order among themselves. */
export interface Step {
  /** The name of the step in the tests. */
  readonly word: string;
  readonly faults: readonly Fault[];
}

const fault = (name: string, problem: ProblemCode, apply: Fault['apply'], isPossible?: Fault['isPossible']): Fault => ({
  name,
  problem,
  apply,
  ...(isPossible && { isPossible }),
});

const set =
  (changes: Partial<Plan>): Fault['apply'] =>
  (plan) =>
    Object.assign(plan, changes);
const sign =
  (signing: Partial<Signing>): Fault['apply'] =>
  (plan) =>
    Object.assign(plan.signing, signing);
const send =
  (headers: Record<string, string>): Fault['apply'] =>
  (plan) =>
    Object.assign(plan.headers, headers);
const write =
  (fields: Record<string, unknown>): Fault['apply'] =>
  (plan) =>
    Object.assign(plan.fields, fields);
const account =
  (changes: Partial<Account>): Fault['apply'] =>
  (plan) =>
    Object.assign(plan.account, changes);

const bindsOnlyTheBody = ({ bindsMethodAndPath }: PartnerWay) => !bindsMethodAndPath;

/** The steps, in the order in which the relay checks. */
export const STEPS: readonly Step[] = [
  {
    word: 'route',
    faults: [
      fault('an unknown path', 'not_found', set({ path: '/api/nothing' })),
      fault('another method', 'method_not_allowed', set({ method: 'PUT' })),
    ],
  },
  {
    word: 'size',
    faults: [fault('a body that is too large', 'body_too_large', set({ paddingBytes: LIMITS.bodyBytes }))],
  },
  {
    word: 'media type',
    faults: [
      fault('another media type', 'media_type_unsupported', send({ 'content-type': 'text/plain' })),
      fault('a compressed body', 'media_type_unsupported', send({ 'content-encoding': 'gzip' })),
    ],
  },
  {
    word: 'headers',
    faults: [
      fault('no signature', 'signature_missing', set({ isSigned: false })),
      fault('a second credential family', 'request_malformed', addFamily),
    ],
  },
  {
    word: 'time (±300 s)',
    faults: [
      fault('a timestamp in the past', 'timestamp_out_of_range', sign({ timestampMs: NOW - 302 * SECOND })),
      fault('a timestamp in the future', 'timestamp_out_of_range', sign({ timestampMs: NOW + 302 * SECOND })),
    ],
  },
  {
    word: 'key and signature',
    faults: [
      fault('an unknown key', 'signature_invalid', sign({ keyId: 'nobody' })),
      fault('a key of another profile', 'signature_invalid', nameAnotherKey),
      fault('a wrong secret', 'signature_invalid', set({ hasWrongSecret: true })),
      fault('a body that was changed', 'signature_invalid', set({ addedText: ' ' })),
    ],
  },
  {
    word: 'state of key and account',
    faults: [
      fault('a suspended account', 'account_suspended', account({ state: 'suspended' })),
      fault('an agent’s key', 'not_permitted', signAsAgent, ({ isHmac }) => !isHmac),
    ],
  },
  {
    word: 'requests of the key',
    faults: [fault('a key that has sent too many requests', 'quota_exceeded', account({ requestsPerMinute: 0 }))],
  },
  {
    word: 'content binding',
    faults: [fault('no body', 'not_permitted', set({ hasBody: false }), bindsOnlyTheBody)],
  },
  {
    word: 'one-time value',
    faults: [fault('a one-time value that was claimed before', 'nonce_replayed', set({ isOneTimeValueClaimed: true }))],
  },
  {
    word: 'schema',
    faults: [
      fault('an unknown field', 'validation_failed', write({ surprise: true })),
      fault(
        'a body that is nested too deeply',
        'validation_failed',
        write({ metadata: { deep: JSON.parse('['.repeat(9) + ']'.repeat(9)) } }),
      ),
    ],
  },
  {
    word: 'URL',
    faults: [
      fault('a URL of another scheme', 'url_refused', write({ trackingUrl: 'ftp://example.com/' })),
      fault('a URL of a private address', 'url_refused', write({ trackingUrl: 'http://10.0.0.1/' })),
    ],
  },
  {
    word: 'pool',
    faults: [fault('a pool that the account does not have', 'validation_failed', write({ pool: 'third' }))],
  },
  {
    word: 'idempotency key',
    faults: [fault('a key that was used for another submission', 'idempotency_key_reused', set({ isKeyInUse: true }))],
  },
  {
    word: 'quota',
    faults: [
      fault('a monthly quota that is used up', 'quota_exceeded', account({ jobsPerMonth: 0 })),
      fault('a quota of the minute that is used up', 'quota_exceeded', account({ jobsPerMinute: 0 })),
    ],
  },
];

function addFamily(plan: Plan): void {
  plan.headers[plan.way.profile === 'vouchersx' ? 'x-link-peeler-key' : 'x-partner-slug'] = 'another';
}

/** Names a key that exists, and that would be accepted under its own profile. */
async function nameAnotherKey(plan: Plan): Promise<void> {
  const other = PARTNER_WAYS.find(({ profile }) => profile !== plan.way.profile);
  if (other) plan.signing = { ...plan.signing, keyId: (await makePartnerOf(plan.world, other)).key.keyId };
}

function signAsAgent(plan: Plan): void {
  const { key, privateKey } = plan.world.agent;
  plan.by = { ...plan.by, secret: privateKey };
  plan.signing = { keyId: key.keyId, ...plan.signing };
}

/** Returns a request with the faults, and a world that is ready for it. */
export async function prepareFaults(way: PartnerWay, faults: readonly Fault[]) {
  const world = await createWorld();
  const plan: Plan = {
    world,
    way,
    method: 'POST',
    path: '/api/links/fetch',
    by: await makePartnerOf(world, way),
    isSigned: true,
    hasWrongSecret: false,
    fields: sampleSubmission(),
    hasBody: true,
    paddingBytes: 0,
    signing: { nonce: unique('0123456789abcdef-') },
    headers: {},
    addedText: '',
    account: {},
    isKeyInUse: false,
    isOneTimeValueClaimed: false,
  };
  for (const { apply } of faults) await apply(plan);
  if (plan.isKeyInUse)
    await world.submit(sampleSubmission({ idempotencyKey: plan.fields['idempotencyKey'], rowId: 'x' }));
  if (plan.isOneTimeValueClaimed) world.ports.oneTimeValues.claim = async () => false;
  await world.ports.registry.putAccount({ ...ACCOUNT, ...plan.account });
  return { world, request: toRequest(plan) };
}

function toRequest(plan: Plan): IncomingRequest {
  const text = plan.hasBody ? JSON.stringify(plan.fields) + ' '.repeat(plan.paddingBytes) : '';
  const { method, path } = plan;
  const request = plainRequest({ method, path, body: Buffer.from(text) });
  const by = plan.hasWrongSecret ? { ...plan.by, secret: wrongSecretOf(plan.way) } : plan.by;
  const sent = plan.isSigned ? plan.world.signed(request, by, plan.signing) : request;
  return {
    ...sent,
    body: Buffer.concat([sent.body, Buffer.from(plan.addedText)]),
    headers: { ...sent.headers, ...plan.headers },
  };
}

const wrongSecretOf = ({ isHmac }: PartnerWay) => (isHmac ? 'sk_wrong' : ed25519Pair(2).privateKey);
