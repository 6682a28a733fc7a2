// Types of node-receivers.mjs. That file is plain JavaScript, like the code of its users.

/** Returns the HTTP status of the consumer's answer: 204 for a genuine delivery, 401 for others, 500 when it throws. */
export type Receive = (
  headers: Readonly<Record<string, string>>,
  rawBody: Buffer,
  path: string,
  nowMs: number,
) => number;

export type ReceiverName = 'vouchersx' | 'daylight' | 'nitro' | 'tolinku' | 'standard-webhooks';

export declare const RECEIVERS: Readonly<Record<ReceiverName, (secret: string) => Receive>>;
