// Signs a request with any inbound profile, as a partner does.
import type { KeyObject } from 'node:crypto';
import type { HttpRequest, SignedHeaders } from '../http-message.ts';
import type { DelimitedProfileId, InboundProfileId } from '../profiles/profiles.ts';
import { signDelimited } from './delimited-signature.ts';
import { type MessageSigningKey, signRfc9421 } from './rfc9421.ts';

/** The profile, key id and key with which a request is signed. */
export type RequestSigner =
  | ({ readonly profile: 'rfc9421' } & MessageSigningKey)
  | {
      readonly profile: InboundProfileId & DelimitedProfileId;
      readonly keyId: string;
      /** The key that `deriveHmacKey` returns. */
      readonly secretKey: KeyObject;
    };

/** What differs between two signatures of the same request. */
export interface RequestMoment {
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  /** 16–128 characters of `A-Za-z0-9_-` that this key has never used before. Profiles without a nonce ignore it. */
  readonly nonce: string;
}

/**
 * Returns the headers to add and the bytes that they sign. The caller sets `content-type` before.
 * @throws Error when no verifier would accept the result, for example because a key id or nonce is malformed.
 */
export function signRequest(signer: RequestSigner, request: HttpRequest, moment: RequestMoment): SignedHeaders {
  if (signer.profile !== 'rfc9421') {
    const message = { ...moment, keyId: signer.keyId, body: request.body };
    return signDelimited(signer.profile, message, [signer.secretKey]);
  }
  return signRfc9421(request, signer, { ...moment, tag: 'signet' });
}
