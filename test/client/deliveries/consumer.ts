// A webhook consumer for the tests: its secrets, deliveries that the relay signed, and the answers of `verifyDelivery`.
import { DeliveryRefused, type DeliveryToVerify, verifyDelivery } from '../../../lib/client/deliveries.ts';
import type { RelayEvent } from '../../../lib/client/relay-event.ts';
import type { OutboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import { deliver } from '../../protocol/oracles/our-side.ts';

export const SECRET = `whsec_${Buffer.from('secret of a consumer, 32 bytes..').toString('base64')}`;
export const OLD_SECRET = `whsec_${Buffer.from('old secret of a consumer, 32 by.').toString('base64')}`;
export const OTHER_SECRET = `whsec_${Buffer.from('secret of somebody else, 32 by..').toString('base64')}`;

/** A time that is not a whole second. */
export const NOW = 1_800_000_005_250;

export const EVENT = {
  id: `evt_${'a'.repeat(32)}`,
  type: 'link.resolved',
  timestamp: '2026-11-22T12:00:00.000Z',
  data: { job: { jobId: `job_${'a'.repeat(52)}`, trackingUrl: 'https://t.example/ä?€=😀' } },
};

/** Returns a delivery that the relay's own code signed. `secrets` are the active ones, the current one first. */
export function sent(
  profile: OutboundProfileId,
  body: string | Buffer = JSON.stringify(EVENT),
  secrets: readonly [string, ...string[]] = [SECRET],
): { readonly headers: Record<string, string>; readonly body: Buffer } {
  const bytes = Buffer.from(body as string);
  const message = { id: EVENT.id, type: EVENT.type, timestampMs: NOW, body: bytes, keyId: 'ep_1' };
  return { headers: deliver(profile, message, secrets), body: bytes };
}

/** Returns the event, or the code of the refusal. @throws every other error */
export function answer(
  delivery: Omit<DeliveryToVerify, 'secret'> & { secret?: string | string[] },
): RelayEvent | string {
  try {
    return verifyDelivery({ secret: SECRET, nowMs: NOW, ...delivery });
  } catch (error) {
    if (error instanceof DeliveryRefused) return error.code;
    throw error;
  }
}
