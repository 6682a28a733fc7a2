// The vectors of the joined profiles as messages: what their inputs say, in headers and bytes.
import type { Headers } from '../../../lib/protocol/http-message.ts';
import type { DelimitedProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { readVectors, type Vector } from '../../vectors/read-vectors.ts';

/** A file has either the headers as they are sent, or each part by its name. */
interface DelimitedInput {
  readonly secret?: string;
  readonly secrets?: readonly string[];
  /** Of a sender that signs with more than one; the receiver has the first only. */
  readonly olderSecrets?: readonly string[];
  readonly keyId?: string;
  readonly id?: string;
  readonly timestamp?: string;
  readonly nonce?: string;
  readonly bodyHex: string;
  readonly signature?: string;
  readonly headers?: Headers;
  readonly nowMs?: number;
}

export interface DelimitedMessage {
  readonly headers: Headers;
  readonly body: Buffer;
  readonly keyId: string;
  /** Every secret that the sender signs with, current first. */
  readonly signing: readonly string[];
  /** Every secret that the receiver takes. */
  readonly active: readonly string[];
  readonly signedAtMs: number;
  /** When the receiver looks at it. */
  readonly nowMs: number;
  readonly id: string;
  readonly nonce: string | undefined;
}

export type DelimitedVector = Vector<DelimitedMessage>;

const HEADER_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'link-peeler': {
    keyId: 'x-link-peeler-key',
    timestamp: 'x-link-peeler-timestamp',
    nonce: 'x-link-peeler-nonce',
    signature: 'x-link-peeler-signature',
  },
  'standard-webhooks': { id: 'webhook-id', timestamp: 'webhook-timestamp', signature: 'webhook-signature' },
};

function headersOf(profile: DelimitedProfileId, input: DelimitedInput): Headers {
  if (input.headers) return input.headers;
  const texts = Object.entries(HEADER_NAMES[profile] ?? {}).map(([part, name]) => [name, input[part as 'id']]);
  return Object.fromEntries(texts.filter(([, text]) => text !== undefined));
}

function messageOf(profile: DelimitedProfileId, input: DelimitedInput): DelimitedMessage {
  const { timestamp = '', nowMs, keyId = '', nonce, id = 'evt_1' } = input;
  const signedAtMs = Number(timestamp) * (profile === 'nitro' ? 1 : 1000);
  const active = input.secrets ?? [input.secret ?? ''];
  return {
    headers: headersOf(profile, input),
    body: Buffer.from(input.bodyHex, 'hex'),
    keyId,
    signing: [...active, ...(input.olderSecrets ?? [])],
    active,
    signedAtMs,
    nowMs: nowMs ?? signedAtMs,
    id,
    nonce,
  };
}

export function delimitedVectors(profile: DelimitedProfileId): readonly DelimitedVector[] {
  return readVectors<DelimitedInput>(`signet-${profile}.json`).tests.map((vector) => ({
    ...vector,
    input: messageOf(profile, vector.input),
  }));
}

/**
 * True for a vector that a signer of ours would make: valid, and none that only a reader has to cope with.
 * Our hex is lower case, and every signature of ours is good.
 */
export function isAsWeSign({ result, comment, flags }: Vector<unknown>): boolean {
  const ofOthers = /HexCase|Several|Order|MoreComponents|NotCanonical|OtherTags/;
  return result === 'valid' && (comment.includes('as we send') || !flags.some((flag) => ofOthers.test(flag)));
}
