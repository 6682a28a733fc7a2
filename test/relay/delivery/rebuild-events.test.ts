// Rebuilding events: what a lost queue held is sent again from the rows, and nothing else.
import { describe, expect, it } from 'vitest';
import { draftDelivery } from '../../../lib/relay/delivery/publish-event.ts';
import { rebuildEvents } from '../../../lib/relay/delivery/rebuild-events.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import {
  ACCOUNT,
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

describe('rebuilding events', () => {
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
    return { count, delivery, sent: world.ports.deliveries.sent.map((message) => message.delivery) };
  }

  it('sends an event that was never attempted, with the same id and the same bytes', async () => {
    const { count, sent, delivery } = await rebuilt(undefined);
    expect([count, sent]).toEqual([1, [delivery]]);
  });

  it('sends the next attempt of a delivery that waited in the lost queue', async () => {
    const { sent, delivery } = await rebuilt({ state: 'retrying', attempt: 1, attemptedAt: NOW, outcome: '503' });
    const earlier = [{ attempt: 1, attemptedAt: NOW, outcome: '503' }];
    expect(sent).toEqual([{ ...delivery, attempt: 2, earlier }]);
  });

  it.each([
    ['was delivered', { state: 'delivered' }],
    ['has failed for good', { state: 'failed' }],
    ['waits for the sweep', { state: 'retrying', dueAt: NOW + HOUR }],
  ] as const)('does not send a delivery that %s', async (_what, record) => {
    expect((await rebuilt(record)).count).toBe(0);
  });

  it('sends no event that is older than the endpoint', async () => {
    const job = endedJob();
    expect((await rebuilt(undefined, job, sampleEndpoint({ createdAt: job.updatedAt + 1 }))).count).toBe(0);
    expect((await rebuilt(undefined, job, sampleEndpoint({ createdAt: job.updatedAt }))).count).toBe(1);
  });

  it('skips and logs an event that cannot be sent', async () => {
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

  it('sends nothing for an open job', async () => {
    expect((await rebuilt(undefined, sampleJob())).count).toBe(0);
  });
});
