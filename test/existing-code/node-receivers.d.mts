// Types of node-receivers.mjs, which stays plain JavaScript as its users have it.

/** The HTTP status that the consumer answers with: 204 genuine, 401 not, 500 where its code throws. */
export type Receive = (
  headers: Readonly<Record<string, string>>,
  rawBody: Buffer,
  path: string,
  nowMs: number,
) => number;

export type ReceiverName = 'vouchersx' | 'daylight' | 'nitro' | 'tolinku' | 'standard-webhooks';

export declare const RECEIVERS: Readonly<Record<ReceiverName, (secret: string) => Receive>>;
