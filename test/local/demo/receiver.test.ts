// The demo's webhook consumer: it finds the job that it waits for among deliveries about other things.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signTestDelivery } from '../../../lib/client/deliveries.ts';
import { type DemoReceiver, jobIn, startDemoReceiver } from '../../../lib/local/demo/receiver.ts';
import type { EventType } from '../../../lib/protocol/messages.ts';

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
let receiver: DemoReceiver;

beforeAll(async () => {
  receiver = await startDemoReceiver(0);
  receiver.useSecret(SECRET);
});

afterAll(() => receiver.stop());

async function deliver(type: EventType): Promise<number> {
  const { headers, body } = signTestDelivery({ profile: 'standard-webhooks', secret: SECRET, event: { type } });
  return (await fetch(receiver.hookUrl, { method: 'POST', headers, body })).status;
}

it('waits for a job’s delivery while a quota warning and an endpoint’s test arrive', async () => {
  const found = receiver.waitFor((delivery) => jobIn(delivery)?.source === 'test', 10_000);
  for (const type of ['quota.warning', 'endpoint.test', 'link.resolved'] as const)
    expect(await deliver(type)).toBe(204);
  const delivery = await found;
  expect(delivery && jobIn(delivery)).toMatchObject({ state: 'completed' });
});
