// Types of node-senders.mjs, which stays plain JavaScript as its users have it.

export interface ToSend {
  readonly keyId: string;
  readonly secret: string;
  readonly body: string | Uint8Array;
  readonly nowMs: number;
}

export type SenderName = 'link-peeler' | 'vouchersx' | 'daylight' | 'nitro';

/** The headers of a request, names in lower case. */
export declare const SENDERS: Readonly<Record<SenderName, (message: ToSend) => Record<string, string>>>;
