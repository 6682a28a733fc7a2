// The quota warning: it is written once for each account and month, and its failure never affects an admission.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWarningDue } from '../../../lib/relay/admission/quota-warning.ts';
import { deriveQuotaWarning } from '../../../lib/relay/delivery/derive-event.ts';
import { draftDelivery, publishEvents } from '../../../lib/relay/delivery/publish-event.ts';
import { rebuildEvents } from '../../../lib/relay/delivery/rebuild-events.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { nextMonthAt } from '../../../lib/relay/model/quota-window.ts';
import type { Delivery, QuotaWarning } from '../../../lib/relay/model/records.ts';
import { sendBatch, submissions } from '../../support/relay/batches.ts';
import { ACCOUNT, NOW, sampleEndpoint, sampleWarning } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

const MONTH = '2026-11';

/** Returns a world that records the warnings that are written. */
async function worldWith(limits: { jobsPerMonth: number; jobsPerMinute?: number }) {
  const world = await createWorld();
  await world.putAccount({ ...ACCOUNT, ...limits });
  const { recordWarning } = world.ports.quota;
  const asked: QuotaWarning[] = [];
  world.ports.quota = {
    ...world.ports.quota,
    recordWarning: (warning) => {
      asked.push(warning);
      return recordWarning(warning);
    },
  };
  return { world, asked };
}

const submit = async (world: World) => (await world.submit(sampleSubmission())).status;
const warned = (world: World) => world.events.filter(({ event }) => event === 'quota.warned');
const findWarning = (world: World) => world.ports.quota.findWarning(ACCOUNT.accountId, MONTH);

async function submitSome(world: World, count: number) {
  const statuses: number[] = [];
  for (let sent = 0; sent < count; sent += 1) statuses.push(await submit(world));
  return statuses;
}

describe('an account', () => {
  it('is warned by the submission that reaches 80 % of the month, and by no other', async () => {
    const { world, asked } = await worldWith({ jobsPerMonth: 10 });
    expect(await submitSome(world, 7)).toEqual(Array(7).fill(202));
    expect(asked).toEqual([]);
    expect(await submitSome(world, 5)).toEqual([202, 202, 202, 429, 429]);
    const warning = { accountId: ACCOUNT.accountId, month: MONTH, used: 8, limit: 10 };
    expect(asked).toEqual([{ ...warning, warnedAt: NOW }]);
    expect(warned(world)).toEqual([{ event: 'quota.warned', ...warning }]);
  });

  it('is warned by a batch that reaches 80 %, even if only a part of it fits', async () => {
    for (const [count, used] of [
      [8, 8],
      [20, 10],
    ] as const) {
      const { world } = await worldWith({ jobsPerMonth: 10 });
      await sendBatch(world, { jobs: submissions(count) });
      await sendBatch(world, { jobs: submissions(count) });
      expect(warned(world)).toMatchObject([{ used, limit: 10 }]);
    }
  });

  it('is warned once by 200 concurrent submissions', async () => {
    const { world } = await worldWith({ jobsPerMonth: 50 });
    await Promise.all(Array.from({ length: 200 }, () => submit(world)));
    expect(warned(world)).toHaveLength(1);
  });

  it('is warned again in the next month, but not when refunded units are taken again', async () => {
    const { world } = await worldWith({ jobsPerMonth: 1 });
    await submit(world);
    await world.ports.quota.refund(ACCOUNT.accountId, MONTH, 1);
    expect(await submit(world)).toBe(202);
    expect(warned(world)).toHaveLength(1);
    world.time.nowMs = nextMonthAt(NOW);
    await submit(world);
    expect(warned(world)).toMatchObject([{ month: MONTH }, { month: '2026-12', used: 1 }]);
  });

  it('is not warned when its limit is 0, or when it has no jobs', async () => {
    for (const limits of [{ jobsPerMonth: 0 }, { jobsPerMonth: 1, jobsPerMinute: 0 }]) {
      const { world, asked } = await worldWith(limits);
      expect(await submit(world)).toBe(429);
      expect(asked).toEqual([]);
    }
  });

  it('is warned by a refusal when its limit was lowered below its use', async () => {
    const { world } = await worldWith({ jobsPerMonth: 10 });
    await submitSome(world, 3);
    await world.putAccount({ ...ACCOUNT, jobsPerMonth: 2 });
    expect(await submit(world)).toBe(429);
    expect(warned(world)).toMatchObject([{ used: 3, limit: 2 }]);
  });
});

describe('a warning that cannot be written', () => {
  it('fails no admission, is logged, and is written by the next submission, accepted or refused', async () => {
    const { world, asked } = await worldWith({ jobsPerMonth: 1 });
    const { recordWarning } = world.ports.quota;
    const down = () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause: new Error('down') }));
    world.ports.quota = { ...world.ports.quota, recordWarning: down };
    expect(await submit(world)).toBe(202);
    expect(world.events).toContainEqual(expect.objectContaining({ event: 'dependency.failed', where: 'quota' }));
    expect(warned(world)).toEqual([]);
    world.ports.quota = { ...world.ports.quota, recordWarning };
    expect(await submit(world)).toBe(429);
    expect(warned(world)).toMatchObject([{ used: 1, limit: 1 }]);
    await submitSome(world, 3);
    expect(asked).toHaveLength(1);
  });

  it('is written by the next take when the process died after the first', async () => {
    const { world } = await worldWith({ jobsPerMonth: 10 });
    await world.ports.quota.take(ACCOUNT.accountId, 8, { jobsPerMonth: 10, jobsPerMinute: 600 }, NOW);
    expect(await findWarning(world)).toBeUndefined();
    expect(await submit(world)).toBe(202);
    expect(await findWarning(world)).toMatchObject({ used: 9 });
  });
});

it('isWarningDue is true from the first whole job that reaches 80 %, for every limit above 0', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (limit) => {
      const first = Math.ceil((limit * 4) / 5);
      expect([isWarningDue(first - 1, limit), isWarningDue(first, limit), isWarningDue(limit, limit)]).toEqual([
        false,
        true,
        true,
      ]);
      expect(isWarningDue(limit, 0)).toBe(false);
    }),
    { examples: [[1], [5], [2 ** 31]] },
  );
});

describe('the event of a warning', () => {
  it('has use, limit and the end of the month, under the names of GET /api/quota', async () => {
    const { world } = await worldWith({ jobsPerMonth: 10 });
    await submitSome(world, 8);
    const warning = await findWarning(world);
    const event = warning && deriveQuotaWarning(warning);
    expect(event).toMatchObject({ type: 'quota.warning', timestamp: new Date(NOW).toISOString() });
    const { month } = (await world.get('/api/quota')).json;
    expect(event?.data).toEqual({ quota: { window: MONTH, ...month } });
  });

  it('always has the same bytes, and an id that depends only on account and month', () => {
    const warning = sampleWarning();
    expect(JSON.stringify(deriveQuotaWarning(structuredClone(warning)))).toBe(
      JSON.stringify(deriveQuotaWarning(warning)),
    );
    const idOf = (overrides: Partial<QuotaWarning>) => deriveQuotaWarning({ ...warning, ...overrides }).id;
    expect(idOf({})).toMatch(/^evt_[a-z2-7]{32}$/);
    expect(idOf({ used: 99, limit: 110, warnedAt: NOW + 1 })).toBe(idOf({}));
    expect(new Set([{}, { month: '2026-12' }, { accountId: 'other4other4other' }].map(idOf)).size).toBe(3);
  });

  it('has 0 remaining, not less, when more is used than the limit allows', () => {
    expect(deriveQuotaWarning(sampleWarning({ used: 3, limit: 2 })).data.quota.remaining).toBe(0);
  });

  it('ends December with the year', () => {
    const { resetsAt } = deriveQuotaWarning(sampleWarning({ month: '2026-12' })).data.quota;
    expect(resetsAt).toBe('2027-01-01T00:00:00.000Z');
  });
});

describe('publishing a warning', () => {
  it('sends it to every active endpoint of the account, and to no other', async () => {
    const world = await createWorld();
    const active = [sampleEndpoint(), sampleEndpoint()];
    const others = [sampleEndpoint({ state: 'disabled' }), sampleEndpoint({ accountId: 'other4other4other' })];
    for (const endpoint of [...active, ...others]) await world.ports.registry.putEndpoint(endpoint);
    const warning = sampleWarning();
    expect(await publishEvents(world.ports, [warning])).toEqual({ done: 1 });
    const { id: eventId, type } = deriveQuotaWarning(warning);
    const sent = active.map((endpoint) => ({ delaySeconds: 0, delivery: draftDelivery(warning, endpoint) }));
    expect(world.ports.deliveries.sent).toEqual(sent);
    expect(sent[0]?.delivery).toEqual({
      accountId: ACCOUNT.accountId,
      endpointId: active[0]?.endpointId,
      eventId,
      eventType: 'quota.warning',
      eventAt: NOW,
      body: JSON.stringify(deriveQuotaWarning(warning)),
      attempt: 0,
    });
    const { accountId } = ACCOUNT;
    expect(world.events).toEqual([{ event: 'event.published', accountId, eventId, type, endpoints: 2 }]);
  });

  it('fails when a message could not be sent, so that the record is retried', async () => {
    const world = await createWorld();
    await world.ports.registry.putEndpoint(sampleEndpoint());
    const down = new Error('down');
    const sendMany = async (deliveries: readonly Delivery[]) => new Map(deliveries.map((each) => [each, down]));
    const progress = await publishEvents({ ...world.ports, deliveries: { sendMany } }, [sampleWarning()]);
    expect(progress).toEqual({ done: 0, failure: down });
    expect(world.events).toEqual([]);
  });

  it('is repeated by a rebuild, with the same id, for endpoints that did not get it', async () => {
    const world = await createWorld();
    const [without, served] = [sampleEndpoint(), sampleEndpoint()];
    for (const endpoint of [without, served, sampleEndpoint({ createdAt: NOW + 1 })])
      await world.ports.registry.putEndpoint(endpoint);
    const warning = sampleWarning();
    const [missing, delivered] = [draftDelivery(warning, without), draftDelivery(warning, served)];
    if (!missing || !delivered) throw new Error('A warning always has its event.');
    await world.ports.log.record({ ...delivered, state: 'delivered', attemptedAt: NOW, outcome: '204' });
    expect(await rebuildEvents(world.ports, oneOf(warning))).toBe(1);
    expect(world.ports.deliveries.sent).toEqual([{ delivery: missing, delaySeconds: 0 }]);
  });
});

async function* oneOf<T>(value: T): AsyncIterable<T> {
  yield value;
}
