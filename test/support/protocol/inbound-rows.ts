// One row for each inbound profile, and for each algorithm of rfc9421: its vectors, which openssl made, and which parts of
// a signed request its signature covers. A new inbound profile needs a row here, and then all tests cover it.
import { createSecretKey } from 'node:crypto';
import type { ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import type { DelimitedProfileId, InboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import type { SignatureClaim } from '../../../lib/protocol/profiles/signature-claim.ts';
import { parsePublicKey } from '../../../lib/protocol/signatures/ed25519-public-key.ts';
import { parseSignedRequest } from '../../../lib/protocol/signatures/parse-request.ts';
import type { VerificationKey } from '../../../lib/protocol/signatures/verify-request.ts';
import { readVectors, type Vector } from '../../vectors/read-vectors.ts';
import { requestOf } from './claims.ts';
import {
  BODIES,
  both,
  type Changes,
  editHeader,
  MESSAGE_SIGNATURE,
  METHOD_AND_TARGET,
  OTHER_HEADERS,
  setHeader,
  severalV1,
  upperCase,
  withBody,
} from './request-changes.ts';
import { delimitedVectors } from './vector-messages.ts';

/** A signed request, and the key that verifies it. */
export interface SignedExample {
  readonly request: ReceivedRequest;
  readonly key: VerificationKey;
  readonly signedAtMs: number;
  /** The time of verification. */
  readonly nowMs: number;
  readonly nonce: string | undefined;
}

/** What the tests need to know about one inbound profile. */
export interface InboundRow {
  readonly name: string;
  readonly profile: InboundProfileId;
  readonly vectors: readonly Vector<SignedExample>[];
  /** The first vector. It has a body, and the sweeps start from it. */
  readonly example: SignedExample;
  /** Changes of parts that the signature covers. Each must be refused. */
  readonly covered: Changes;
  /** Changes of parts that it does not cover. Each is still accepted, so nothing may rely on these parts. */
  readonly uncovered: Changes;
}

/** Returns the claim of a well-formed request. @throws Error for a malformed request */
export function parseGood(request: ReceivedRequest): SignatureClaim {
  const claim = parseSignedRequest(request);
  if (!claim.ok) throw new Error(claim.reason);
  return claim.value;
}

/** The input of a vector in `signet-rfc9421.json`. */
export interface Rfc9421Input {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
  readonly bodyHex: string;
  readonly algorithm: 'ed25519' | 'hmac-sha256';
  readonly keyId: string;
  readonly publicKey?: string;
  readonly secret?: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly nowMs?: number;
  /** The signature base that the script wrote. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
}

function rfc9421Example(input: Rfc9421Input): SignedExample {
  const { method, authority, path, query, headers, algorithm, keyId, timestamp, nonce } = input;
  const material = parsePublicKey(input.publicKey ?? '') ?? createSecretKey(input.secret ?? '', 'utf8');
  const signedAtMs = Number(timestamp) * 1000;
  return {
    request: requestOf({ method, authority, path, query, headers, body: Buffer.from(input.bodyHex, 'hex') }),
    key: { keyId, profile: 'rfc9421', algorithm, material: [material] },
    signedAtMs,
    nowMs: input.nowMs ?? signedAtMs,
    nonce,
  };
}

const rfc9421 = (algorithm: Rfc9421Input['algorithm']) =>
  readVectors<Rfc9421Input>('signet-rfc9421.json')
    .tests.filter(({ input }) => input.algorithm === algorithm)
    .map((vector) => ({ ...vector, input: rfc9421Example(vector.input) }));

function delimited(profile: InboundProfileId & DelimitedProfileId): readonly Vector<SignedExample>[] {
  return delimitedVectors(profile).map((vector) => {
    const { headers, body, keyId, active, signedAtMs, nowMs, nonce } = vector.input;
    const material = active.map((secret) => createSecretKey(secret, 'utf8'));
    const key: VerificationKey = { keyId, profile, algorithm: 'hmac-sha256', material };
    return { ...vector, input: { request: requestOf({ headers, body }), key, signedAtMs, nowMs, nonce } };
  });
}

/** Returns a row whose example is its first vector. */
function row(facts: Omit<InboundRow, 'example' | 'name'> & { readonly name?: string }): InboundRow {
  const [first] = facts.vectors;
  if (!first) throw new Error(`${facts.profile} has no vectors`);
  return { name: facts.profile, ...facts, example: first.input };
}

const KEY_ID = 'the key id, when both keys have the same secret';

export const INBOUND_ROWS: readonly InboundRow[] = [
  row({
    profile: 'link-peeler',
    vectors: delimited('link-peeler'),
    covered: {
      ...BODIES,
      'the time': setHeader('x-link-peeler-timestamp', '1800000001'),
      'the nonce': setHeader('x-link-peeler-nonce', '1f8fad5b-d9cb-469f-a165-70867728950e'),
      'the case of the hex': upperCase('x-link-peeler-signature'),
    },
    uncovered: { ...METHOD_AND_TARGET, ...OTHER_HEADERS, [KEY_ID]: setHeader('x-link-peeler-key', 'partner-2') },
  }),
  row({
    name: 'rfc9421 with ed25519',
    profile: 'rfc9421',
    vectors: rfc9421('ed25519'),
    ...MESSAGE_SIGNATURE,
  }),
  row({
    name: 'rfc9421 with hmac-sha256',
    profile: 'rfc9421',
    vectors: rfc9421('hmac-sha256'),
    ...MESSAGE_SIGNATURE,
  }),
  row({
    profile: 'vouchersx',
    vectors: delimited('vouchersx'),
    covered: {
      ...BODIES,
      'the time': editHeader('x-signature', 't=1800000000', 't=1800000001'),
      'the order of the time and the version': editHeader('x-signature', /^(t=.*),(v1=.*)$/, '$2,$1'),
    },
    uncovered: {
      ...METHOD_AND_TARGET,
      ...OTHER_HEADERS,
      [KEY_ID]: setHeader('x-partner-slug', 'partner-2'),
      ...severalV1('x-signature'),
    },
  }),
  row({
    profile: 'daylight',
    vectors: delimited('daylight'),
    covered: {
      ...BODIES,
      'the time': editHeader('daylight-signature', 't=1800000000', 't=1800000001'),
      'another v1 before it': editHeader('daylight-signature', ',v1=', `,v1=${'A'.repeat(43)},v1=`),
      'padding after it': editHeader('daylight-signature', /$/, '='),
    },
    uncovered: { ...METHOD_AND_TARGET, ...OTHER_HEADERS, [KEY_ID]: setHeader('x-signet-key', 'partner-2') },
  }),
  row({
    profile: 'nitro',
    vectors: delimited('nitro'),
    covered: {
      ...BODIES,
      'the time, by a millisecond': setHeader('x-timestamp', '1800000000124'),
      'a digit moved from the time to the body': both(editHeader('x-timestamp', /3$/, ''), (request) =>
        withBody(request, Buffer.concat([Buffer.from('3'), request.body])),
      ),
      'the case of the hex': upperCase('x-signature'),
    },
    uncovered: { ...METHOD_AND_TARGET, ...OTHER_HEADERS, [KEY_ID]: setHeader('x-signet-key', 'partner-2') },
  }),
];
