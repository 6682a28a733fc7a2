// What every delivery queue must do: carry the exact body, no sooner than told.
import { expect, it } from 'vitest';
import type { DeliveryQueue } from '../../lib/relay/ports.ts';
import type { Delivery } from '../../lib/relay/records.ts';
import { sampleDelivery } from '../relay/samples.ts';

export interface DeliveryQueueContractPorts {
  readonly deliveries: DeliveryQueue;
  /** The next delivery that can be received, or undefined when none can be now. */
  receive(): Promise<Delivery | undefined>;
  passTime(): Promise<void>;
}

export function describeDeliveryQueueContract(makePorts: () => Promise<DeliveryQueueContractPorts>): void {
  const sample = (): Delivery => {
    const { state: _, attemptedAt: __, outcome: ___, ...delivery } = sampleDelivery({ attempt: 3 });
    return { ...delivery, body: '{"text":"ü€😀\uffff\ufffe \\u0000","n":1e300}' };
  };

  it('carries a delivery whole', async () => {
    const { deliveries, receive } = await makePorts();
    const delivery = sample();
    await deliveries.send(delivery, 0);
    expect(await receive()).toEqual(delivery);
  });

  it('holds it back for as long as told', async () => {
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
