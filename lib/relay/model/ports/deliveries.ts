// Ports for webhook deliveries: the delivery queue, the delivery log, and the sender of HTTP requests.
import type { Delivery, DeliveryRecord, Endpoint } from '../records.ts';

/** The queue of deliveries that are to be attempted. */
export interface DeliveryQueue {
  /** Sends one delivery, which becomes visible after `delaySeconds` (at most 900). */
  send(delivery: Delivery, delaySeconds: number): Promise<void>;
  /**
   * Sends any number of deliveries without delay, in order and several in one call. Stops after a call in which the queue
   * rejected a delivery. Returns the deliveries that were not sent, in order, each with its failure.
   */
  sendMany(deliveries: readonly Delivery[]): Promise<ReadonlyMap<Delivery, Error>>;
}

/** Identifies one event at one endpoint. */
export interface DeliveryKey {
  readonly endpointId: string;
  /** Epoch milliseconds. */
  readonly eventAt: number;
  readonly eventId: string;
}

/** The newest attempt of each delivery. */
export interface DeliveryLog {
  /** Records an attempt. Does nothing when the delivery has ended, or when a later attempt is recorded. */
  record(record: DeliveryRecord): Promise<void>;
  /** Returns the record of a delivery, or undefined when it was never attempted. */
  find(key: DeliveryKey): Promise<DeliveryRecord | undefined>;
  /** Returns the records that exist among at most 100 different keys, in no particular order. */
  findMany(keys: readonly DeliveryKey[]): Promise<readonly DeliveryRecord[]>;
  /** Returns the records of the newest events at an endpoint, at most `limit`. A new record may be missing for a moment. */
  listNewest(endpoint: Pick<Endpoint, 'accountId' | 'endpointId'>, limit: number): Promise<readonly DeliveryRecord[]>;
  /** Removes `dueAt` after the sweep has sent the delivery. Does nothing when `dueAt` has changed since it was read. */
  clearDue(record: DeliveryRecord): Promise<void>;
}

/** What an attempt brought: the receiver's answer, or the reason why there was none. */
export type ReceiverAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
    }
  | { readonly kind: 'failed'; readonly failure: string };

/** Sends the HTTP requests of deliveries. */
export interface WebhookSender {
  /** Posts a body to a URL. A refused address, a timeout or a broken connection is a returned failure, not an exception. */
  post(url: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<ReceiverAnswer>;
}
