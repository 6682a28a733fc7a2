// The status of a deployment: what it counts, and that its reads do not grow with the deployment's age.
import { describe, expect, it } from 'vitest';
import { readStatus } from '../../../../lib/relay/operator/deployment/status.ts';
import {
  ACCOUNT,
  HOUR,
  NOW,
  sampleAccount,
  sampleDelivery,
  sampleEndpoint,
  sampleJob,
} from '../../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../../support/relay/world.ts';

const { accountId } = ACCOUNT;

async function ready() {
  const world = await createWorld();
  const depths = { visible: 2, inFlight: 1 };
  const backlog = {
    deliveries: async () => depths,
    deadDeliveries: async () => ({ visible: 4, inFlight: 1 }),
    deadEvents: async () => undefined,
  };
  const read = async () => readStatus({ ...world.ports, backlog });
  return { world, ports: world.ports, read, own: async () => (await read()).accounts[0] };
}

describe('status', () => {
  it('counts the jobs of the last hour by state', async () => {
    const { ports, own } = await ready();
    const jobs = [
      sampleJob(),
      sampleJob({ state: 'failed' }),
      sampleJob({ state: 'failed' }),
      sampleJob({ createdAt: NOW - HOUR - 1 }),
      sampleJob({ accountId: 'other4other4othe' }),
    ];
    for (const job of jobs) await ports.jobs.create(job, NOW);
    const none = { leased: 0, completed: 0, expired: 0, canceled: 0 };
    expect((await own())?.lastHour).toEqual({ jobs: { ...none, queued: 1, failed: 2 }, isComplete: true });
  });

  it('stops counting at 500 jobs, and says that the count is incomplete', async () => {
    const { ports, own } = await ready();
    for (let count = 0; count < 501; count += 1) await ports.jobs.create(sampleJob(), NOW);
    expect((await own())?.lastHour).toMatchObject({ jobs: { queued: 500 }, isComplete: false });
  });

  it('shows the queue depth and the agents of each pool', async () => {
    const { world, ports, own } = await ready();
    for (let count = 0; count < 3; count += 1) await world.submit(sampleSubmission());
    await world.pull({ want: 1 });
    await world.makeAgent(2);
    const paused = await world.makeAgent(3, { pool: 'second' });
    await ports.agents.setState({ accountId, agentId: paused.key.keyId }, 'paused', NOW);
    await ports.inventory.remove({ accountId, pool: 'second' });
    expect((await own())?.pools).toEqual([
      { pool: 'default', waiting: { visible: 2, inFlight: 1 }, agents: { total: 2, online: 1, paused: 0 } },
      { pool: 'second', waiting: undefined, agents: { total: 1, online: 0, paused: 1 } },
    ]);
    expect((await own())?.quota).toEqual({ used: 3, limit: 1_000 });
  });

  it('names the endpoints that accepted none of their newest deliveries', async () => {
    const { ports, own } = await ready();
    const [failing, recovered, quiet, disabled] = [
      sampleEndpoint(),
      sampleEndpoint(),
      sampleEndpoint(),
      sampleEndpoint({ state: 'disabled' }),
    ];
    for (const endpoint of [failing, recovered, quiet, disabled]) await ports.endpoints.create(endpoint);
    const at = ({ endpointId }: { endpointId: string }, overrides: object) =>
      ports.log.record(sampleDelivery({ endpointId, ...overrides }));
    await at(failing, { eventAt: NOW - HOUR, state: 'delivered', outcome: '204' });
    for (let index = 0; index < 5; index += 1)
      await at(failing, { eventAt: NOW + index, attemptedAt: NOW + 10 - index, outcome: `50${index}` });
    await at(recovered, { state: 'failed' });
    await at(recovered, { eventAt: NOW + 1, state: 'delivered', outcome: '204' });
    await at(disabled, { state: 'failed' });
    expect((await own())?.failingEndpoints).toEqual([
      { endpointId: failing.endpointId, attemptedAt: NOW + 10, outcome: '500' },
    ]);
  });

  it('shows every account by name, also suspended and deleting ones, and the dead-letter queues', async () => {
    const { world, read } = await ready();
    await world.putAccount(sampleAccount({ name: 'Zeta', state: 'suspended' }));
    await world.putAccount(sampleAccount({ name: 'Beta', state: 'deleting' }));
    const status = await read();
    expect(status.accounts.map(({ account }) => [account.name, account.state])).toEqual([
      ['Acme', 'active'],
      ['Beta', 'deleting'],
      ['Zeta', 'suspended'],
    ]);
    expect(status).toMatchObject({
      at: NOW,
      deliveriesWaiting: { visible: 2, inFlight: 1 },
      deadLetters: { deliveries: 5, events: undefined },
    });
  });
});
