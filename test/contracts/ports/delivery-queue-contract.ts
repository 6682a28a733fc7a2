// The contract of delivery queues: a queue carries the exact body and keeps the delay.
import { expect, it } from 'vitest';
import type { DeliveryQueue } from '../../../lib/relay/model/ports.ts';
import type { Delivery } from '../../../lib/relay/model/records.ts';
import { sampleDelivery } from '../../support/relay/samples.ts';

export interface DeliveryQueueContractPorts {
  readonly deliveries: DeliveryQueue;
  /** Receives the next delivery, or returns undefined if none is visible. */
  receive(): Promise<Delivery | undefined>;
  passTime(): Promise<void>;
}

/** Describes the tests that every delivery queue must pass. */
export function describeDeliveryQueueContract(makePorts: () => Promise<DeliveryQueueContractPorts>): void {
  const sample = (): Delivery => {
    const { state: _, attemptedAt: __, outcome: ___, ...delivery } = sampleDelivery({ attempt: 3 });
    return { ...delivery, body: '{"text":"ü€😀\uffff\ufffe \\u0000","n":1e300}' };
  };

  it('carries a complete delivery', async () => {
    const { deliveries, receive } = await makePorts();
    const delivery = sample();
    await deliveries.send(delivery, 0);
    expect(await receive()).toEqual(delivery);
  });

  it('carries many complete deliveries, even if they exceed the size of one call', async () => {
    const { deliveries, receive } = await makePorts();
    const many = Array.from({ length: 12 }, (_, row) => ({
      ...sample(),
      eventId: `evt_${row}`,
      body: row % 2 ? 'x'.repeat(250_000) : 'ü',
    }));
    expect(await deliveries.sendMany(many)).toEqual(new Map());
    const received: (Delivery | undefined)[] = [];
    for (const _ of many) received.push(await receive());
    const byId = (all: readonly (Delivery | undefined)[]) =>
      new Map(all.map((delivery) => [delivery?.eventId, delivery]));
    expect(byId(received)).toEqual(byId(many));
    expect(await receive()).toBeUndefined();
  });

  it('accepts an empty list', async () => {
    const { deliveries } = await makePorts();
    expect(await deliveries.sendMany([])).toEqual(new Map());
  });

  it('hides a delivery until its delay is over', async () => {
    const { deliveries, receive, passTime } = await makePorts();
    const delivery = sample();
    await deliveries.send(delivery, 1);
    expect(await receive()).toBeUndefined();
    let received: Delivery | undefined;
    for (let tries = 0; tries < 200 && !received; tries += 1) {
      await passTime();
      received = await receive();
    }
    expect(received).toEqual(delivery);
  });
}
