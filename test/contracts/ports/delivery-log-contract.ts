// The contract of delivery logs: a log keeps the newest attempt of each event at each endpoint, with the body.
import { expect, it } from 'vitest';
import type { DeliveryLog } from '../../../lib/relay/model/ports.ts';
import type { DeliveryRecord } from '../../../lib/relay/model/records.ts';
import { HOUR, NOW, sampleDelivery } from '../../support/relay/samples.ts';

/** Describes the tests that every delivery log must pass. */
export function describeDeliveryLogContract(makeLog: () => DeliveryLog): void {
  it('returns a record with the same body, for any characters', async () => {
    const log = makeLog();
    const record = sampleDelivery({ body: `{"a":"ü€😀\u0000"}${'x'.repeat(50_000)}`, dueAt: NOW + HOUR });
    await log.record(record);
    expect(await log.find(record)).toEqual(record);
  });

  it('finds nothing for another endpoint, another event or another time', async () => {
    const log = makeLog();
    const record = sampleDelivery();
    await log.record(record);
    expect(await log.find({ ...record, endpointId: 'ep-none' })).toBeUndefined();
    expect(await log.find({ ...record, eventId: 'evt_none' })).toBeUndefined();
    expect(await log.find({ ...record, eventAt: record.eventAt + 1 })).toBeUndefined();
  });

  it('finds the existing records among many keys', async () => {
    const log = makeLog();
    const [first, second] = [sampleDelivery(), sampleDelivery({ body: '{"second":true}' })];
    for (const record of [first, second]) await log.record(record);
    const found = await log.findMany([first, { ...first, endpointId: 'ep-none' }, second]);
    expect(found).toHaveLength(2);
    expect(found).toEqual(expect.arrayContaining([first, second]));
    expect(await log.findMany([])).toEqual([]);
  });

  it('lists the newest records of an endpoint, and none of another endpoint or of another account’s with the same id', async () => {
    const log = makeLog();
    const { accountId, endpointId } = sampleDelivery();
    const at = (eventAt: number, overrides: Partial<DeliveryRecord> = {}) =>
      sampleDelivery({ accountId, endpointId, eventAt, ...overrides });
    const [old, middle, newest] = [at(NOW - HOUR), at(NOW, { state: 'failed' }), at(NOW + HOUR)];
    for (const record of [newest, old, middle]) await log.record(record);
    await log.record(at(NOW - 1, { accountId: 'another' }));
    await log.record(sampleDelivery({ accountId, eventAt: NOW + 2 * HOUR }));
    expect(await log.listNewest({ accountId, endpointId }, 2)).toEqual([newest, middle]);
    expect(await log.listNewest({ accountId, endpointId }, 10)).toEqual([newest, middle, old]);
    expect(await log.listNewest({ accountId, endpointId: 'ep-none' }, 10)).toEqual([]);
  });

  it('returns the outcomes of earlier attempts', async () => {
    const log = makeLog();
    const earlier = [0, 1].map((attempt) => ({ attempt, attemptedAt: NOW + attempt, outcome: '503' }));
    const record = sampleDelivery({ attempt: 2, earlier });
    await log.record(record);
    expect(await log.find(record)).toEqual(record);
  });

  it('keeps only the newest record', async () => {
    const log = makeLog();
    const first = sampleDelivery({ dueAt: NOW + HOUR });
    const { dueAt: _, ...rest } = first;
    const second = { ...rest, attempt: 1, state: 'delivered', outcome: '204', attemptedAt: NOW + HOUR } as const;
    await log.record(first);
    await log.record(second);
    expect(await log.find(first)).toEqual(second);
  });

  it.each(['delivered', 'failed'] as const)(
    'does not change a %s record when a repeated message records a later attempt',
    async (state) => {
      const log = makeLog();
      const end = sampleDelivery({ attempt: 1, state });
      await log.record(end);
      await log.record({ ...end, attempt: 2, state: 'retrying', dueAt: NOW + HOUR });
      expect(await log.find(end)).toEqual(end);
    },
  );

  it('ignores an attempt that is older than the recorded one', async () => {
    const log = makeLog();
    const later = sampleDelivery({ attempt: 3, state: 'retrying', dueAt: NOW + HOUR });
    await log.record(later);
    await log.record({ ...later, attempt: 2, dueAt: NOW });
    expect(await log.find(later)).toEqual(later);
  });

  it('clears dueAt and nothing else', async () => {
    const log = makeLog();
    const record = sampleDelivery({ dueAt: NOW + HOUR });
    await log.record(record);
    await log.clearDue(record);
    const { dueAt: _, ...cleared } = record;
    expect(await log.find(record)).toEqual(cleared);
  });

  it('clears nothing if a later attempt has set another dueAt', async () => {
    const log = makeLog();
    const record = sampleDelivery({ dueAt: NOW + HOUR });
    const later = { ...record, attempt: 1, dueAt: NOW + 2 * HOUR };
    await log.record(later);
    await log.clearDue(record);
    expect(await log.find(record)).toEqual(later);
  });

  it('creates no record when it clears one that does not exist', async () => {
    const log = makeLog();
    const record = sampleDelivery({ dueAt: NOW + HOUR });
    await log.clearDue(record);
    expect(await log.find(record)).toBeUndefined();
  });
}
