// A submission with things wrong on purpose, under any profile: what can be wrong, in the order in which the relay looks.

import { LIMITS } from '../../../lib/api/limits.ts';
import type { ProblemCode } from '../../../lib/api/problems.ts';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import type { Account } from '../../../lib/relay/model/records.ts';
import { ACCOUNT, NOW, SECOND, unique } from '../../support/relay/samples.ts';
import { createWorld, type Partner, plainRequest, sampleSubmission, type World } from '../../support/relay/world.ts';
import { makePartnerOf, PARTNER_WAYS, type PartnerWay } from '../../support/signing/partner-ways.ts';
import { ed25519Pair, type Signing } from '../../support/signing/signing.ts';

/** A submission in the making. It is signed at the end, and then what travels is changed. */
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
  /** Headers that come on top of the signed ones. */
  headers: Record<string, string>;
  /** Added to the body on its way. */
  addedText: string;
  account: Partial<Account>;
  /** Of the same partner, under the same idempotency key. */
  isKeyInUse: boolean;
  isOneTimeValueSpent: boolean;
}

export interface Fault {
  readonly name: string;
  readonly problem: ProblemCode;
  readonly spoil: (plan: Plan) => unknown;
  /** Absent: it can happen under every profile. */
  readonly isPossible?: (way: PartnerWay) => boolean;
}

/** One step of the check. Its faults have no order among themselves. */
export interface Step {
  /** Its name in the tests. */
  readonly word: string;
  readonly faults: readonly Fault[];
}

const fault = (name: string, problem: ProblemCode, spoil: Fault['spoil'], isPossible?: Fault['isPossible']): Fault => ({
  name,
  problem,
  spoil,
  ...(isPossible && { isPossible }),
});

const set =
  (changes: Partial<Plan>): Fault['spoil'] =>
  (plan) =>
    Object.assign(plan, changes);
const sign =
  (signing: Partial<Signing>): Fault['spoil'] =>
  (plan) =>
    Object.assign(plan.signing, signing);
const send =
  (headers: Record<string, string>): Fault['spoil'] =>
  (plan) =>
    Object.assign(plan.headers, headers);
const write =
  (fields: Record<string, unknown>): Fault['spoil'] =>
  (plan) =>
    Object.assign(plan.fields, fields);
const account =
  (changes: Partial<Account>): Fault['spoil'] =>
  (plan) =>
    Object.assign(plan.account, changes);

const bindsOnlyTheBody = ({ hasNonce, bindsMethodAndPath }: PartnerWay) => !hasNonce && !bindsMethodAndPath;

/** In the order in which the relay checks. */
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
      fault('a time that is past', 'timestamp_out_of_range', sign({ timestampMs: NOW - 302 * SECOND })),
      fault('a time to come', 'timestamp_out_of_range', sign({ timestampMs: NOW + 302 * SECOND })),
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
    word: 'standing of key and account',
    faults: [
      fault('a suspended account', 'account_suspended', account({ state: 'suspended' })),
      fault('an agent’s key', 'not_permitted', signAsAgent, ({ isHmac }) => !isHmac),
    ],
  },
  {
    word: 'a body where the signature binds nothing else',
    faults: [fault('no body', 'not_permitted', set({ hasBody: false }), bindsOnlyTheBody)],
  },
  {
    word: 'one-time value',
    faults: [fault('a one-time value seen before', 'nonce_replayed', set({ isOneTimeValueSpent: true }))],
  },
  {
    word: 'schema',
    faults: [
      fault('a field that is none', 'validation_failed', write({ surprise: true })),
      fault(
        'nesting too deep',
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
  { word: 'pool', faults: [fault('a pool that the account has not', 'validation_failed', write({ pool: 'third' }))] },
  {
    word: 'idempotency key',
    faults: [fault('a key used for something else', 'idempotency_key_reused', set({ isKeyInUse: true }))],
  },
  {
    word: 'quota',
    faults: [
      fault('a month that is used up', 'quota_exceeded', account({ jobsPerMonth: 0 })),
      fault('a minute that is used up', 'quota_exceeded', account({ jobsPerMinute: 0 })),
    ],
  },
];

function addFamily(plan: Plan): void {
  plan.headers[plan.way.profile === 'vouchersx' ? 'x-link-peeler-key' : 'x-partner-slug'] = 'another';
}

/** One that is there, and would be good under its own profile. */
async function nameAnotherKey(plan: Plan): Promise<void> {
  const other = PARTNER_WAYS.find(({ profile }) => profile !== plan.way.profile);
  if (other) plan.signing = { ...plan.signing, keyId: (await makePartnerOf(plan.world, other)).key.keyId };
}

function signAsAgent(plan: Plan): void {
  const { key, privateKey } = plan.world.agent;
  plan.by = { ...plan.by, secret: privateKey };
  plan.signing = { keyId: key.keyId, ...plan.signing };
}

/** The request, and the relay as it is when it comes. */
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
    isOneTimeValueSpent: false,
  };
  for (const { spoil } of faults) await spoil(plan);
  if (plan.isKeyInUse)
    await world.submit(sampleSubmission({ idempotencyKey: plan.fields['idempotencyKey'], rowId: 'x' }));
  if (plan.isOneTimeValueSpent) world.ports.oneTimeValues.claim = async () => false;
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
