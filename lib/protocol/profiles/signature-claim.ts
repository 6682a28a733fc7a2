// What a request claims about itself: everything read from untrusted bytes that verification needs.
import type { ReceivedRequest } from '../http-message.ts';
import type { InboundProfileId } from './profiles.ts';

export type SignatureAlgorithm = 'hmac-sha256' | 'ed25519';

export interface SignatureClaim {
  readonly request: ReceivedRequest;
  readonly profile: InboundProfileId;
  readonly keyId: string;
  readonly algorithm: SignatureAlgorithm;
  /** Epoch milliseconds. */
  readonly timestampMs: number;
  readonly expiresMs?: number | undefined;
  readonly nonce?: string | undefined;
  /** Decoded; several only in list profiles. */
  readonly signatures: readonly Uint8Array[];
  /** The exact bytes that are signed. */
  readonly signedContent: Uint8Array;
  /** False when the body does not have the digest that was signed. Always true where the body itself is signed. */
  readonly bodyAsSigned: boolean;
}
