// One attempt at one delivery: the request that is sent, the decision after the answer, and where the next attempt waits.

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ensureEndpoint } from '../../../lib/local/demo/ensure.ts';
import { decideOutcome, deliverEvent } from '../../../lib/relay/delivery/deliver-event.ts';
import { DELIVERY_SCHEDULE_SECONDS } from '../../../lib/relay/delivery/retry-schedule.ts';
import { signDelivery } from '../../../lib/relay/delivery/sign-delivery.ts';
import { DependencyUnavailable, type ReceiverAnswer } from '../../../lib/relay/model/ports.ts';
import type { Delivery } from '../../../lib/relay/model/records.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { ACCOUNT, NOW, SECOND, sampleDelivery } from '../../support/relay/samples.ts';
import { createWorld } from '../../support/relay/world.ts';

const LAST_ATTEMPT = DELIVERY_SCHEDULE_SECONDS.length - 1;

const answered = (status: number, headers: Record<string, string | string[]> = {}): ReceiverAnswer => ({
  kind: 'answer',
  status,
  headers,
});

async function ready(answer: ReceiverAnswer = answered(200), attempt = 0) {
  const world = await createWorld();
  const posts: { url: string; headers: Readonly<Record<string, string>>; body: string }[] = [];
  world.ports.sender = {
    post: async (url, headers, body) => {
      posts.push({ url, headers, body: Buffer.from(body).toString() });
      return answer;
    },
  };
  const { endpoint, secret } = await ensureEndpoint(world.ports, {
    endpointId: 'ep-1',
    accountId: ACCOUNT.accountId,
    url: 'https://hooks.example.org/links',
    profile: 'standard-webhooks',
  });
  const { state: _, attemptedAt: __, outcome: ___, ...rest } = sampleDelivery({ endpointId: 'ep-1' });
  const delivery: Delivery = { ...rest, attempt, body: '{"text":"ü€😀"}' };
  const record = () => world.ports.log.find(delivery);
  return { world, posts, endpoint, secret: secret.reveal(), delivery, record };
}

describe('the request of an attempt', () => {
  it('has the exact body, a Standard Webhooks signature, and the event’s id and type', async () => {
    const { world, posts, delivery, secret } = await ready();
    await deliverEvent(world.ports, delivery);
    const timestamp = Math.floor(NOW / 1000);
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const mac = createHmac('sha256', key).update(`${delivery.eventId}.${timestamp}.${delivery.body}`).digest('base64');
    expect(posts).toEqual([
      {
        url: 'https://hooks.example.org/links',
        body: delivery.body,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Signet-Relay/1',
          'webhook-id': delivery.eventId,
          'webhook-timestamp': String(timestamp),
          'x-webhook-event': 'link.resolved',
          'webhook-signature': `v1,${mac}`,
        },
      },
    ]);
  });

  it('has the same id and body on the next attempt, with a new timestamp and signature', async () => {
    const { world, posts, delivery } = await ready();
    await deliverEvent(world.ports, delivery);
    world.passSeconds(60);
    await deliverEvent(world.ports, { ...delivery, attempt: 1 });
    const [first, second] = posts;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.headers['webhook-timestamp']).not.toBe(first?.headers['webhook-timestamp']);
    expect(second?.headers['webhook-signature']).not.toBe(first?.headers['webhook-signature']);
  });

  it('carries both signatures during the overlap of a rotation, current first, and one afterwards', async () => {
    const { world, endpoint, delivery } = await ready();
    const ring = await world.ports.outboundRing.read();
    const rotated = {
      ...endpoint,
      versions: [
        { version: 2, master: 1 },
        { version: 1, master: 1, endsAt: NOW + SECOND },
      ],
    } as const;
    const signatures = (nowMs: number) =>
      signDelivery(rotated, delivery, ring, nowMs)['webhook-signature']?.split(' ') ?? [];
    const single = (version: number) =>
      signDelivery({ ...endpoint, versions: [{ version, master: 1 }] }, delivery, ring, NOW)['webhook-signature'];
    expect(signatures(NOW)).toEqual([single(2), single(1)]);
    expect(signatures(NOW + SECOND)).toHaveLength(1);
  });
});

describe('the decision after an answer', () => {
  it.each([
    [answered(200), 'delivered', '200'],
    [answered(204), 'delivered', '204'],
    [answered(299), 'delivered', '299'],
    [answered(199), 'retry', '199'],
    [answered(301, { location: 'https://e.com' }), 'retry', '301'],
    [answered(302), 'retry', '302'],
    [answered(400), 'retry', '400'],
    [answered(410), 'retry', '410'],
    [answered(500), 'retry', '500'],
    [{ kind: 'failed', failure: 'timeout' } as const, 'retry', 'timeout'],
    [{ kind: 'failed', failure: 'address_not_global' } as const, 'retry', 'address_not_global'],
  ])('turns %j into %s', (answer, kind, outcome) => {
    expect(decideOutcome(answer, 0, 0)).toMatchObject({ kind, outcome });
  });

  it('is failed after the last attempt, even with Retry-After', () => {
    expect(decideOutcome(answered(500), LAST_ATTEMPT, 0)).toEqual({ kind: 'failed', outcome: '500' });
    expect(decideOutcome(answered(503, { 'retry-after': '5' }), LAST_ATTEMPT, 0).kind).toBe('failed');
    expect(decideOutcome(answered(200), LAST_ATTEMPT, 0).kind).toBe('delivered');
  });

  it.each([
    ['60', 60],
    ['0', 5],
    ['1', 5],
    ['86400', 86_400],
    ['999999', 86_400],
    ['1000000', 5],
    ['-1', 5],
    ['1.5', 5],
    ['60 ', 5],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 5],
    [['60', '61'], 5],
  ])('turns Retry-After %j into a delay of %i seconds', (header, inSeconds) => {
    expect(decideOutcome(answered(503, { 'retry-after': header }), 0, 0)).toMatchObject({ inSeconds });
  });
});

describe('the next attempt', () => {
  it.each([
    [0, 6],
    [1, 315],
  ])('follows attempt %i after %i seconds in the queue', async (attempt, delaySeconds) => {
    const { world, delivery, record } = await ready(answered(500), attempt);
    await deliverEvent(world.ports, delivery);
    const earlier = [{ attempt, attemptedAt: NOW, outcome: '500' }];
    const next = { ...delivery, attempt: attempt + 1, earlier };
    expect(world.ports.deliveries.sent).toEqual([{ delivery: next, delaySeconds }]);
    expect(await record()).toEqual({ ...delivery, state: 'retrying', attemptedAt: NOW, outcome: '500' });
  });

  it('waits for the sweep if the delay is too long for the queue', async () => {
    const { world, delivery, record } = await ready(answered(500), 2);
    await deliverEvent(world.ports, delivery);
    expect(world.ports.deliveries.sent).toEqual([]);
    expect(await record()).toMatchObject({ state: 'retrying', attempt: 2, dueAt: NOW + 1_890 * SECOND });
  });

  it.each([
    [TUNING.sqsDelaySeconds, 1],
    [TUNING.sqsDelaySeconds + 1, 0],
  ])('waits %i seconds with %i messages in the queue', async (seconds, messages) => {
    const { world, delivery, record } = await ready(answered(429, { 'retry-after': String(seconds) }));
    await deliverEvent(world.ports, delivery);
    expect(world.ports.deliveries.sent).toHaveLength(messages);
    expect((await record())?.dueAt === undefined).toBe(messages === 1);
  });

  it('does not exist after a success or after the last attempt', async () => {
    for (const [answer, attempt, state] of [
      [answered(200), 3, 'delivered'],
      [answered(500), LAST_ATTEMPT, 'failed'],
    ] as const) {
      const { world, delivery, record } = await ready(answer, attempt);
      await deliverEvent(world.ports, delivery);
      expect(world.ports.deliveries.sent).toEqual([]);
      expect(await record()).toEqual({
        ...delivery,
        state,
        attemptedAt: NOW,
        outcome: String((answer as { status: number }).status),
      });
    }
  });

  it('is sent to the queue before the row is written, so a crash in between never loses it', async () => {
    const { world, delivery, record } = await ready(answered(500));
    const log = { ...world.ports.log, record: () => Promise.reject(new Error('down')) };
    await expect(deliverEvent({ ...world.ports, log }, delivery)).rejects.toThrow('down');
    expect(world.ports.deliveries.sent).toHaveLength(1);
    const send = () => Promise.reject(new Error('down'));
    await expect(deliverEvent({ ...world.ports, deliveries: { send } }, delivery)).rejects.toThrow('down');
    expect(await record()).toBeUndefined();
  });

  it('is part of the decision that one log line records', async () => {
    const { world, delivery } = await ready(answered(500));
    await deliverEvent(world.ports, delivery);
    expect(world.events).toEqual([
      {
        event: 'delivery.attempted',
        accountId: ACCOUNT.accountId,
        endpointId: 'ep-1',
        eventId: delivery.eventId,
        attempt: 0,
        outcome: '500',
        decision: 'retry',
        retryInSeconds: 6,
      },
    ]);
  });
});

describe('a failure on our side', () => {
  it('counts as no attempt: nothing is sent or written, and the error keeps the message in the queue', async () => {
    const { world, posts, delivery, record } = await ready();
    world.ports.outboundRing = { ...world.ports.outboundRing, read: () => Promise.reject(new Error('no ring')) };
    await expect(deliverEvent(world.ports, delivery)).rejects.toThrow('no ring');
    expect([posts, await record(), world.ports.deliveries.sent]).toEqual([[], undefined, []]);
  });

  it('can be a ring that is older than the endpoint, or an endpoint without a secret', async () => {
    const { world, posts, endpoint, delivery } = await ready();
    await world.ports.registry.putEndpoint({ ...endpoint, versions: [{ version: 2, master: 9 }] });
    await expect(deliverEvent(world.ports, delivery)).rejects.toThrow(DependencyUnavailable);
    await world.ports.registry.putEndpoint({ ...endpoint, versions: [{ version: 1, master: 1, endsAt: NOW }] });
    await expect(deliverEvent(world.ports, delivery)).rejects.toThrow('no active secret');
    expect(posts).toEqual([]);
  });
});

describe('an endpoint', () => {
  it('gets nothing while it is disabled, and the log says why', async () => {
    const { world, posts, endpoint, delivery } = await ready();
    await world.ports.registry.putEndpoint({ ...endpoint, state: 'disabled' });
    await deliverEvent(world.ports, delivery);
    expect(posts).toEqual([]);
    expect(world.events).toMatchObject([{ event: 'delivery.dropped', why: 'endpoint disabled' }]);
  });

  it('gets nothing if it does not exist', async () => {
    const { world, posts, delivery } = await ready();
    await deliverEvent(world.ports, { ...delivery, endpointId: 'ep-2' });
    expect(posts).toEqual([]);
    expect(world.events).toMatchObject([{ event: 'delivery.dropped', why: 'endpoint unknown' }]);
  });
});
