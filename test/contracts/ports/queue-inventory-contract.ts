// What every inventory of job queues must do: know which are there, how much is in each, and remove one.
import { expect, it } from 'vitest';
import type { JobQueues, Pool } from '../../../lib/relay/model/ports.ts';
import type { QueueInventory } from '../../../lib/relay/operator/operator-ports.ts';
import { sampleJob, unique } from '../../support/relay/samples.ts';

export interface QueueInventoryContractPorts {
  readonly inventory: QueueInventory;
  readonly queues: JobQueues;
  createQueue(pool: Pool): Promise<void>;
}

export function describeQueueInventoryContract(makePorts: () => QueueInventoryContractPorts): void {
  const poolsOf = async ({ inventory }: QueueInventoryContractPorts, accountId?: string) =>
    (await Array.fromAsync(inventory.list(accountId))).map(({ accountId: owner, pool }) => ({
      accountId: owner,
      pool,
    }));

  it('lists the queues of one account, or of all', async () => {
    const ports = makePorts();
    const accountId = unique('account');
    const own = ['default', 'second'].map((pool) => ({ accountId, pool }));
    const other = { accountId: `${accountId}0`, pool: 'default' };
    for (const pool of [...own, other]) await ports.createQueue(pool);
    expect(await poolsOf(ports, accountId)).toHaveLength(2);
    expect(await poolsOf(ports, accountId)).toEqual(expect.arrayContaining(own));
    expect(await poolsOf(ports)).toEqual(expect.arrayContaining([...own, other]));
    expect(await poolsOf(ports, unique('account'))).toEqual([]);
    const [listed] = await Array.fromAsync(ports.inventory.list(other.accountId));
    expect(listed?.name).toBe(`signet-test-jobs-${other.accountId}-default`);
  });

  it('removes a queue with what is in it, and does not mind that there is none', async () => {
    const ports = makePorts();
    const pool = { accountId: unique('account'), pool: 'default' };
    await ports.createQueue(pool);
    await ports.queues.send(pool, sampleJob());
    await ports.inventory.remove(pool);
    await ports.inventory.remove(pool);
    expect(await poolsOf(ports, pool.accountId)).toEqual([]);
    expect(await ports.inventory.depth(pool)).toBeUndefined();
  });

  it('says how many messages wait and how many somebody has', async () => {
    const ports = makePorts();
    const pool = { accountId: unique('account'), pool: 'default' };
    await ports.createQueue(pool);
    expect(await ports.inventory.depth(pool)).toEqual({ visible: 0, inFlight: 0 });
    for (const job of [sampleJob(), sampleJob(), sampleJob()]) await ports.queues.send(pool, job);
    await ports.queues.receive(pool, { limit: 1, visibilitySeconds: 60 });
    expect(await ports.inventory.depth(pool)).toEqual({ visible: 2, inFlight: 1 });
  });
}
