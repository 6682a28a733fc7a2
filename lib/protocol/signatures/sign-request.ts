// Signs a request under any inbound profile: what a partner's code does.
import type { KeyObject } from 'node:crypto';
import type { HttpRequest, SignedHeaders } from '../http-message.ts';
import type { DelimitedProfileId, InboundProfileId } from '../profiles/profiles.ts';
import { signDelimited } from './delimited-signature.ts';
import { type MessageSigningKey, signRfc9421 } from './rfc9421.ts';

/** Who signs, and how. */
export type RequestSigner =
  | ({ readonly profile: 'rfc9421' } & MessageSigningKey)
  | {
      readonly profile: InboundProfileId & DelimitedProfileId;
      readonly keyId: string;
      /** As `deriveHmacKey` makes it. */
      readonly secretKey: KeyObject;
    };

export interface RequestMoment {
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  /** 16–128 characters of `A-Za-z0-9_-`, never used before with this key. Not sent by profiles without a nonce. */
  readonly nonce: string;
}

/**
 * The headers to add, and the bytes that they sign. `content-type` is the caller's to set, before.
 * @throws Error when no verifier would take the result: a key id, a nonce or another part that is not of its grammar.
 */
export function signRequest(signer: RequestSigner, request: HttpRequest, moment: RequestMoment): SignedHeaders {
  if (signer.profile !== 'rfc9421') {
    const message = { ...moment, keyId: signer.keyId, body: request.body };
    return signDelimited(signer.profile, message, [signer.secretKey]);
  }
  return signRfc9421(request, signer, { ...moment, tag: 'signet' });
}
