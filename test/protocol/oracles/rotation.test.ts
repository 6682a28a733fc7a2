// The secrets that sign a delivery during a rotation, verified by the existing receivers.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RECEIVERS, type ReceiverName } from '../../existing-code/node-receivers.mjs';
import { deliver } from './our-side.ts';
import { deliveriesWith, jsonTexts, otherThan, whsecSecrets } from './random-messages.ts';

const RUNS = 200;
const PATH = '/api/hooks';

/** Generates three active secrets. More than two can be active when one rotation follows another. */
const rotations = whsecSecrets.map((oldest) => {
  const older = otherThan(oldest);
  return { current: otherThan(older), older, oldest };
});

const deliveries = deliveriesWith(jsonTexts.map((text) => Buffer.from(text)));

type Sent = { headers: Record<string, string>; body: Buffer; nowMs: number };

function statusOf(profile: ReceiverName, secret: string, { headers, body, nowMs }: Sent): number {
  return RECEIVERS[profile](secret)(headers, body, PATH, nowMs);
}

type Rotation = { current: string; older: string; oldest: string };
type Delivery = { id: string; type: string; keyId: string; body: Buffer };

/** Returns a delivery that is sent now, because one of the receivers reads the machine's clock. */
function sendNow(profile: ReceiverName, message: Delivery, { current, older, oldest }: Rotation): Sent {
  const nowMs = Date.now();
  const headers = deliver(profile, { ...message, timestampMs: nowMs }, [current, older, oldest]);
  return { headers, body: message.body, nowMs };
}

describe.each(['daylight', 'nitro', 'tolinku'] as const)('%s, with a single signature', (profile) => {
  test('is signed with the oldest active secret, which the consumer still has', () => {
    fc.assert(
      fc.property(rotations, deliveries, (rotation, message) => {
        const sent = sendNow(profile, message, rotation);
        expect(statusOf(profile, rotation.oldest, sent)).toBe(204);
        expect(statusOf(profile, rotation.older, sent)).toBe(401);
        expect(statusOf(profile, rotation.current, sent)).toBe(401);
      }),
      { numRuns: RUNS },
    );
  });
});

const LISTS = [
  ['vouchersx', 'x-signature', /,v1=\w+/g, (signature: string, t: string) => `t=${t}${signature}`],
  ['standard-webhooks', 'webhook-signature', /v1,\S+/g, (signature: string) => signature],
] as const;

describe.each(LISTS)('%s, with a list of signatures', (profile, header, signature, alone) => {
  test('has one signature for each active secret, the current one first', () => {
    fc.assert(
      fc.property(rotations, deliveries, (rotation, message) => {
        const sent = sendNow(profile, message, rotation);
        const secrets = [rotation.current, rotation.older, rotation.oldest];
        for (const secret of secrets) expect(statusOf(profile, secret, sent)).toBe(204);
        expect(statusOf(profile, otherThan(rotation.current), sent)).toBe(401);
        const t = /^t=(\d+)/.exec(sent.headers[header] ?? '')?.[1] ?? '';
        const found = sent.headers[header]?.match(signature) ?? [];
        expect(found).toHaveLength(3);
        for (const [index, item] of found.entries()) {
          const single = { ...sent, headers: { ...sent.headers, [header]: alone(item, t) } };
          const statuses = secrets.map((secret) => statusOf(profile, secret, single));
          expect(statuses).toEqual(secrets.map((_, at) => (at === index ? 204 : 401)));
        }
      }),
      { numRuns: RUNS },
    );
  });
});
