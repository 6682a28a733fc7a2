// What a request says about its own signature, parsed from untrusted bytes and not yet verified.
import type { ReceivedRequest } from '../http-message.ts';
import type { InboundProfileId } from './profiles.ts';

export type SignatureAlgorithm = 'hmac-sha256' | 'ed25519';

/** Everything that verification needs. Nothing in it is proved. */
export interface SignatureClaim {
  readonly request: ReceivedRequest;
  readonly profile: InboundProfileId;
  readonly keyId: string;
  readonly algorithm: SignatureAlgorithm;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  readonly expiresMs?: number | undefined;
  readonly nonce?: string | undefined;
  /** Decoded bytes. Only list profiles have more than one signature. */
  readonly signatures: readonly Uint8Array[];
  /** The exact bytes that the signature must cover. */
  readonly signedContent: Uint8Array;
  /** False when the digest of the body differs from the signed digest. Always true when the body itself is signed. */
  readonly bodyMatchesDigest: boolean;
}
