// The vectors of the delimited profiles as messages with headers and bytes.
import type { Headers } from '../../../lib/protocol/http-message.ts';
import type { DelimitedProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { readVectors, type Vector } from '../../vectors/read-vectors.ts';

/** The input of a vector. A file has either the headers, or each part by its name. */
interface DelimitedInput {
  readonly secret?: string;
  readonly secrets?: readonly string[];
  /** The further secrets of a sender that signs with several. The receiver does not have them. */
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

/** A signed message of a delimited profile. */
export interface DelimitedMessage {
  readonly headers: Headers;
  readonly body: Buffer;
  readonly keyId: string;
  /** The secrets with which the sender signs, the current one first. */
  readonly signing: readonly string[];
  /** The secrets that the receiver accepts. */
  readonly active: readonly string[];
  readonly signedAtMs: number;
  /** The time of verification. */
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

/** Returns the vectors of a delimited profile. */
export function delimitedVectors(profile: DelimitedProfileId): readonly DelimitedVector[] {
  return readVectors<DelimitedInput>(`signet-${profile}.json`).tests.map((vector) => ({
    ...vector,
    input: messageOf(profile, vector.input),
  }));
}

/**
 * Returns true for a vector that our own signer would make. Other valid vectors have forms that only verifiers must
 * accept, such as upper-case hex or a wrong signature next to a right one.
 */
export function isAsWeSign({ result, comment, flags }: Vector<unknown>): boolean {
  const onlyFromOthers = /HexCase|Several|Order|MoreComponents|NotCanonical|OtherTags/;
  return result === 'valid' && (comment.includes('as we send') || !flags.some((flag) => onlyFromOthers.test(flag)));
}
