// Publishing events: each active endpoint of the account gets a message, and a failure stops the run at its source.
import { describe, expect, it, vi } from 'vitest';
import { deriveEvent } from '../../../lib/relay/delivery/derive-event.ts';
import { publishEvents } from '../../../lib/relay/delivery/publish-event.ts';
import type { Delivery, Job } from '../../../lib/relay/model/records.ts';
import { ACCOUNT, HOUR, NOW, sampleEndpoint, sampleJob, sampleResult } from '../../support/relay/samples.ts';
import { createWorld } from '../../support/relay/world.ts';

function endedJob(overrides: Partial<Job> = {}): Job {
  return sampleJob({ state: 'completed', result: sampleResult(), updatedAt: NOW + HOUR, ...overrides });
}

describe('publishing events', () => {
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

  it.each(['queued', 'leased'] as const)('sends nothing for a job that is %s', async (state) => {
    const world = await createWorld();
    await world.ports.registry.putEndpoint(sampleEndpoint());
    expect(await publishEvents(world.ports, [endedJob({ state })])).toEqual({ done: 1 });
    expect(world.ports.deliveries.sent).toEqual([]);
    expect(world.events).toEqual([]);
  });

  it('lists the endpoints of an account once, and sends all messages in one ordered call', async () => {
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

  it('stops at the first job with a rejected message, so that this job and all later ones are retried', async () => {
    const world = await createWorld();
    for (const endpoint of [sampleEndpoint(), sampleEndpoint()]) await world.ports.registry.putEndpoint(endpoint);
    const jobs = [endedJob(), endedJob(), endedJob()];
    const sendMany = async (all: readonly Delivery[]) =>
      new Map([3, 4].map((at) => [all[at] as Delivery, new Error(`no ${at}`)]));
    const progress = await publishEvents({ ...world.ports, deliveries: { sendMany } }, jobs);
    expect(progress).toEqual({ done: 1, failure: new Error('no 3') });
    expect(world.events).toMatchObject([{ event: 'event.published', jobId: jobs[0]?.jobId }]);
  });

  it('publishes the jobs before one whose endpoints cannot be listed', async () => {
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
