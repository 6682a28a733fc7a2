// Test deliveries equal the deliveries of the relay, and the verifiers of consumers and libraries accept them.
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, test } from 'vitest';
import { signTestDelivery, verifyDelivery } from '../../../lib/client/deliveries.ts';
import { EVENT_TYPES, type EventType, JOB_STATES } from '../../../lib/protocol/messages.ts';
import { OUTBOUND_PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { deriveEvent, deriveQuotaWarning, EVENT_OF_STATE } from '../../../lib/relay/delivery/derive-event.ts';
import { signDelivery } from '../../../lib/relay/delivery/sign-delivery.ts';
import { nextMonthAt, quotaWindowOf } from '../../../lib/relay/model/quota-window.ts';
import { RECEIVERS } from '../../existing-code/node-receivers.mjs';
import { sampleDelivery, sampleEndpoint, sampleJob, sampleResult, sampleWarning } from '../../support/relay/samples.ts';
import { createWorld } from '../../support/relay/world.ts';
import { NOW, OLD_SECRET, OTHER_SECRET, SECRET } from './consumer.ts';

describe.each(OUTBOUND_PROFILES)('%s', (profile) => {
  test.each(EVENT_TYPES)('signs %s so that verifyDelivery accepts it, and refuses it with another secret', (type) => {
    const { headers, body } = signTestDelivery({ profile, secret: SECRET, event: { type } });
    const event = verifyDelivery({ profile, secret: SECRET, headers, body });
    expect(event).toEqual(JSON.parse(body));
    expect(event).toMatchObject({ type });
    expect(() => verifyDelivery({ profile, secret: OTHER_SECRET, headers, body })).toThrow('signature_invalid');
  });

  test('signs a delivery that the existing code of consumers accepts', () => {
    const nowMs = Date.now();
    const { headers, body } = signTestDelivery({ profile, secret: SECRET, nowMs });
    const receive = (secret: string) => RECEIVERS[profile](secret)(headers, Buffer.from(body), '/api/hooks', nowMs);
    expect(receive(SECRET)).toBe(204);
    expect(receive(OTHER_SECRET)).toBe(401);
  });

  test('signs with two secrets as the relay does during a rotation', () => {
    const secret = [SECRET, OLD_SECRET];
    const { headers, body } = signTestDelivery({ profile, secret, nowMs: NOW });
    expect(verifyDelivery({ profile, secret: OLD_SECRET, headers, body, nowMs: NOW })).toEqual(JSON.parse(body));
  });

  test('has the same headers as a delivery of the relay', async () => {
    const world = await createWorld();
    const endpoint = sampleEndpoint({ profile });
    const real = signDelivery(endpoint, sampleDelivery(), await world.ports.outboundRing.read(), NOW);
    const { headers } = signTestDelivery({ profile, secret: SECRET, nowMs: NOW });
    expect(Object.keys(headers)).toEqual(Object.keys(real));
    for (const name of ['user-agent', 'content-type', 'webhook-timestamp'])
      expect(headers[name] ?? 'none').toBe(real[name] ?? 'none');
  });
});

describe('libraries of consumers', () => {
  const { headers, body } = signTestDelivery({ profile: 'standard-webhooks', secret: SECRET });

  test('standardwebhooks and svix accept standard-webhooks', () => {
    for (const Library of [StandardWebhook, SvixWebhook]) {
      expect(() => new Library(SECRET).verify(body, headers)).not.toThrow();
      expect(() => new Library(OTHER_SECRET).verify(body, headers)).toThrow('No matching signature found');
    }
  });

  test('stripe accepts vouchersx', () => {
    const delivery = signTestDelivery({ profile: 'vouchersx', secret: SECRET });
    const header = delivery.headers['x-signature'] ?? '';
    expect(Stripe.webhooks.constructEvent(delivery.body, header, SECRET)).toEqual(JSON.parse(delivery.body));
  });
});

describe('the event', () => {
  const eventOf = (type: EventType) => {
    const { body, headers } = signTestDelivery({ profile: 'tolinku', secret: SECRET, event: { type }, nowMs: NOW });
    return { event: JSON.parse(body), headers };
  };

  test.each(JOB_STATES.flatMap((state) => (EVENT_OF_STATE[state] ? [[state, EVENT_OF_STATE[state]] as const] : [])))(
    'of a job in the state %s has the shape of the relay’s %s',
    (state, type) => {
      const result = state === 'completed' && { result: sampleResult({ finalUrl: 'https://shop.example/' }) };
      const real = deriveEvent(sampleJob({ state, ...result }));
      const { event } = eventOf(type);
      expect(shapeOf(event)).toEqual(shapeOf(JSON.parse(JSON.stringify(real))));
      expect(event.data.job.state).toBe(state);
      expect(event.id).toMatch(/^evt_[a-z2-7]{32}$/);
      expect(event.data.job.jobId).toMatch(/^job_[a-z2-7]{52}$/);
    },
  );

  test('of a quota has the shape of the relay’s event, and is about this month', () => {
    const { event } = eventOf('quota.warning');
    expect(shapeOf(event)).toEqual(shapeOf(deriveQuotaWarning(sampleWarning())));
    const { window, limit, used, remaining, resetsAt } = event.data.quota;
    expect([window, used + remaining]).toEqual([quotaWindowOf(NOW), limit]);
    expect(resetsAt).toBe(new Date(nextMonthAt(NOW)).toISOString());
  });

  test('is by default an endpoint.test of now, without a job', () => {
    const { body, headers } = signTestDelivery({ profile: 'standard-webhooks', secret: SECRET, nowMs: NOW });
    const event = JSON.parse(body);
    expect(event).toEqual({ id: event.id, type: 'endpoint.test', timestamp: new Date(NOW).toISOString(), data: {} });
    expect(headers).toMatchObject({ 'webhook-id': event.id, 'x-webhook-event': 'endpoint.test' });
  });

  test('has a new id in every delivery', () => {
    expect(eventOf('link.failed').event.id).not.toBe(eventOf('link.failed').event.id);
  });

  test('has the values that the caller gives', () => {
    const event = {
      id: 'evt_mine',
      type: 'link.canceled',
      timestamp: 'yesterday',
      data: { job: { mine: true } },
    } as const;
    const { body, headers } = signTestDelivery({ profile: 'nitro', secret: SECRET, event });
    expect(JSON.parse(body)).toEqual(event);
    expect(headers).toMatchObject({ 'webhook-id': 'evt_mine', 'x-webhook-event': 'link.canceled' });
  });

  test('must have a valid id', () => {
    for (const id of ['', 'a.b', 'a\r\nb', 'ä'])
      expect(() => signTestDelivery({ profile: 'nitro', secret: SECRET, event: { id } })).toThrow('The id must match');
  });
});

/** Returns the names in a value, at every depth, with the type of each value. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value;
  const entries = Object.entries(value).map(([name, field]) => [name, shapeOf(field)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
