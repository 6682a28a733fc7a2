// Types of node-senders.mjs. That file is plain JavaScript, like the code of its users.

export interface ToSend {
  readonly keyId: string;
  readonly secret: string;
  readonly body: string | Uint8Array;
  readonly nowMs: number;
}

export type SenderName = 'link-peeler' | 'vouchersx' | 'daylight' | 'nitro';

/** Each sender returns the headers of a request, with names in lower case. */
export declare const SENDERS: Readonly<Record<SenderName, (message: ToSend) => Record<string, string>>>;
