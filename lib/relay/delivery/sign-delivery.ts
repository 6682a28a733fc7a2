// Signs one attempt at a delivery with the endpoint's active secrets.

import { signWebhook } from '../../protocol/signatures/webhook.ts';
import { activeKeys, type LoadedSecrets } from '../keys/resolve-key.ts';
import type { Delivery, Endpoint } from '../model/records.ts';

/**
 * Returns the headers of this attempt. Each attempt has a new timestamp and signature, while the id and the body stay the
 * same.
 *
 * @param nowMs The time to sign, in epoch milliseconds.
 * @throws Error if the endpoint has no active secret.
 */
export function signDelivery(
  endpoint: Endpoint,
  delivery: Delivery,
  secrets: LoadedSecrets,
  nowMs: number,
): Record<string, string> {
  const { endpointId, keyId = endpointId, profile } = endpoint;
  const [current, ...older] = activeKeys(endpoint, secrets, nowMs);
  if (!current) throw new Error(`Endpoint ${endpointId} has no active secret.`);
  const body = Buffer.from(delivery.body, 'utf8');
  const message = { id: delivery.eventId, type: delivery.eventType, timestampMs: nowMs, body, keyId };
  return { 'user-agent': 'Signet-Relay/1', ...signWebhook(profile, message, [current, ...older]) };
}
