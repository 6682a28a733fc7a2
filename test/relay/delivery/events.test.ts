// Events: exactly one for each way a job can end, the same bytes however often it is derived.
import { describe, expect, it, vi } from 'vitest';
import { JOB_STATES } from '../../../lib/protocol/messages.ts';
import { deriveEvent } from '../../../lib/relay/delivery/derive-event.ts';
import { draftDelivery, publishEvents } from '../../../lib/relay/delivery/publish-event.ts';
import { rebuildEvents } from '../../../lib/relay/delivery/rebuild-events.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import type { Delivery, Job } from '../../../lib/relay/model/records.ts';
import {
  ACCOUNT,
  DAY,
  HOUR,
  NOW,
  sampleDelivery,
  sampleEndpoint,
  sampleJob,
  sampleResult,
} from '../../support/relay/samples.ts';
import { createWorld } from '../../support/relay/world.ts';

function endedJob(overrides: Partial<Job> = {}): Job {
  return sampleJob({ state: 'completed', result: sampleResult(), updatedAt: NOW + HOUR, ...overrides });
}

describe('deriving', () => {
  it.each([
    ['completed', 'link.resolved'],
    ['failed', 'link.failed'],
    ['expired', 'link.expired'],
    ['canceled', 'link.canceled'],
    ['queued', undefined],
    ['leased', undefined],
  ] as const)('gives a job that is %s %s', (state, type) => {
    expect(deriveEvent(endedJob({ state }))?.type).toBe(type);
  });

  it('has an answer for every state', () => {
    expect(JOB_STATES).toHaveLength(6);
  });

  it('gives the same bytes every time', () => {
    const job = endedJob();
    expect(JSON.stringify(deriveEvent(structuredClone(job)))).toBe(JSON.stringify(deriveEvent(job)));
  });

  it('gives the job as it was when it ended, and its time as the event’s', () => {
    const job = endedJob({ result: sampleResult({ validUntil: NOW + 2 * HOUR }) });
    expect(deriveEvent(job)).toMatchObject({
      timestamp: new Date(NOW + HOUR).toISOString(),
      data: { job: { jobId: job.jobId, state: 'completed', result: { ready: true } } },
    });
  });

  it('gives another id to another job, incarnation or type, and to nothing else', () => {
    const job = endedJob();
    const id = (overrides: Partial<Job>) => deriveEvent({ ...job, ...overrides })?.id;
    const ids = [{}, { jobId: 'job_other' }, { createdAt: NOW + 1 }, { state: 'failed' as const }].map(id);
    expect(new Set(ids).size).toBe(4);
    expect(ids[0]).toMatch(/^evt_[a-z2-7]{32}$/);
    expect(id({ updatedAt: NOW + DAY, attempts: 3, resends: 9 })).toBe(ids[0]);
  });
});

describe('publishing', () => {
  it('sends the event to every active endpoint of the account, and to no other', async () => {
    const world = await createWorld();
    const active = [sampleEndpoint(), sampleEndpoint()];
    const others = [sampleEndpoint({ state: 'disabled' }), sampleEndpoint({ accountId: 'other4other4other' })];
    for (const endpoint of [...active, ...others]) await world.ports.registry.putEndpoint(endpoint);
    const job = endedJob();
    expect(await publishEvents(world.ports, [job])).toEqual({ done: 1 });
    const { id, type } = deriveEvent(job) ?? {};
    expect(world.ports.deliveries.sent).toEqual(
      active.map(({ endpointId }) => ({
        delaySeconds: 0,
        delivery: {
          accountId: ACCOUNT.accountId,
          endpointId,
          eventId: id,
          eventType: type,
          eventAt: NOW + HOUR,
          body: JSON.stringify(deriveEvent(job)),
          attempt: 0,
        },
      })),
    );
    expect(world.events).toMatchObject([
      { event: 'event.published', eventId: id, type: 'link.resolved', endpoints: 2 },
    ]);
  });

  it.each(['queued', 'leased'] as const)('sends nothing of a job that is %s', async (state) => {
    const world = await createWorld();
    await world.ports.registry.putEndpoint(sampleEndpoint());
    expect(await publishEvents(world.ports, [endedJob({ state })])).toEqual({ done: 1 });
    expect(world.ports.deliveries.sent).toEqual([]);
    expect(world.events).toEqual([]);
  });

  it('lists the endpoints of an account once, and hands over all messages together, in order', async () => {
    const world = await createWorld();
    await world.ports.registry.putEndpoint(sampleEndpoint());
    const lists = vi.spyOn(world.ports.directory, 'listEndpoints');
    const calls = vi.spyOn(world.ports.deliveries, 'sendMany');
    const jobs = [endedJob(), endedJob({ state: 'queued' }), endedJob()];
    expect(await publishEvents(world.ports, jobs)).toEqual({ done: 3 });
    expect(lists).toHaveBeenCalledOnce();
    expect(calls.mock.calls.map(([deliveries]) => deliveries.map(({ eventId }) => eventId))).toEqual([
      [deriveEvent(jobs[0] as Job)?.id, deriveEvent(jobs[2] as Job)?.id],
    ]);
    expect(world.namesOfEvents()).toEqual(['event.published', 'event.published']);
  });

  it('stops at the first job of which a message was not taken, so that it and all behind it are tried again', async () => {
    const world = await createWorld();
    for (const endpoint of [sampleEndpoint(), sampleEndpoint()]) await world.ports.registry.putEndpoint(endpoint);
    const jobs = [endedJob(), endedJob(), endedJob()];
    const sendMany = async (all: readonly Delivery[]) =>
      new Map([3, 4].map((at) => [all[at] as Delivery, new Error(`no ${at}`)]));
    const progress = await publishEvents({ ...world.ports, deliveries: { sendMany } }, jobs);
    expect(progress).toEqual({ done: 1, failure: new Error('no 3') });
    expect(world.events).toMatchObject([{ event: 'event.published', jobId: jobs[0]?.jobId }]);
  });

  it('publishes what stands before a job whose endpoints cannot be listed', async () => {
    const world = await createWorld();
    await world.ports.registry.putEndpoint(sampleEndpoint());
    const { listEndpoints } = world.ports.directory;
    const directory = {
      ...world.ports.directory,
      listEndpoints: async (accountId: string) =>
        accountId === ACCOUNT.accountId ? listEndpoints(accountId) : Promise.reject(new Error('down')),
    };
    const jobs = [endedJob(), endedJob({ accountId: 'other4other4other' }), endedJob()];
    const progress = await publishEvents({ ...world.ports, directory }, jobs);
    expect(progress).toEqual({ done: 1, failure: new Error('down') });
    expect(world.ports.deliveries.sent).toHaveLength(1);
  });
});

describe('rebuilding', () => {
  async function rebuilt(
    record: Parameters<typeof sampleDelivery>[0] | undefined,
    job = endedJob(),
    endpoint = sampleEndpoint(),
  ) {
    const world = await createWorld();
    await world.ports.registry.putEndpoint(endpoint);
    await world.ports.registry.putEndpoint(sampleEndpoint({ state: 'disabled' }));
    await world.ports.jobs.create(job, NOW);
    const delivery = draftDelivery(job, endpoint);
    if (record && delivery) await world.ports.log.record(sampleDelivery({ ...delivery, ...record }));
    const count = await rebuildEvents(world.ports, world.ports.history.listCreatedSince(ACCOUNT.accountId, 0));
    return { count, delivery, sent: world.ports.deliveries.sent.map((one) => one.delivery) };
  }

  it('sends what was never attempted, under the same id and with the same bytes', async () => {
    const { count, sent, delivery } = await rebuilt(undefined);
    expect([count, sent]).toEqual([1, [delivery]]);
  });

  it('sends the next attempt of what waited in a queue that is lost', async () => {
    const { sent, delivery } = await rebuilt({ state: 'retrying', attempt: 1, attemptedAt: NOW, outcome: '503' });
    const earlier = [{ attempt: 1, attemptedAt: NOW, outcome: '503' }];
    expect(sent).toEqual([{ ...delivery, attempt: 2, earlier }]);
  });

  it.each([
    ['was delivered', { state: 'delivered' }],
    ['has failed for good', { state: 'failed' }],
    ['waits for the sweep', { state: 'retrying', dueAt: NOW + HOUR }],
  ] as const)('sends nothing that %s', async (_what, record) => {
    expect((await rebuilt(record)).count).toBe(0);
  });

  it('sends nothing from before the endpoint was made', async () => {
    const job = endedJob();
    expect((await rebuilt(undefined, job, sampleEndpoint({ createdAt: job.updatedAt + 1 }))).count).toBe(0);
    expect((await rebuilt(undefined, job, sampleEndpoint({ createdAt: job.updatedAt }))).count).toBe(1);
  });

  it('goes on when one event cannot be sent, and writes that down', async () => {
    const world = await createWorld();
    await world.ports.registry.putEndpoint(sampleEndpoint());
    const [poison, healthy] = [endedJob(), endedJob()];
    for (const job of [poison, healthy]) await world.ports.jobs.create(job, NOW);
    const { send } = world.ports.deliveries;
    world.ports.deliveries = {
      ...world.ports.deliveries,
      send: async (delivery, seconds) => {
        if (delivery.body.includes(poison.jobId)) throw new DependencyUnavailable('SQS', { cause: new Error('no') });
        return send(delivery, seconds);
      },
    };
    const count = await rebuildEvents(world.ports, world.ports.history.listCreatedSince(ACCOUNT.accountId, 0));
    expect(count).toBe(1);
    expect(world.namesOfEvents()).toEqual(expect.arrayContaining(['dependency.failed', 'delivery.resent']));
  });

  it('sends nothing of a job that has not ended', async () => {
    expect((await rebuilt(undefined, sampleJob())).count).toBe(0);
  });
});
