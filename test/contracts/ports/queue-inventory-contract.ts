// The contract of queue inventories: an inventory lists job queues with their depths, and removes one.
import { expect, it } from 'vitest';
import type { JobQueues, Pool } from '../../../lib/relay/model/ports.ts';
import type { QueueInventory } from '../../../lib/relay/operator/operator-ports.ts';
import { sampleJob, unique } from '../../support/relay/samples.ts';

export interface QueueInventoryContractPorts {
  readonly inventory: QueueInventory;
  readonly queues: JobQueues;
  createQueue(pool: Pool): Promise<void>;
}

/** Describes the tests that every queue inventory must pass. */
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

  it('removes a queue with its messages, and accepts a second removal', async () => {
    const ports = makePorts();
    const pool = { accountId: unique('account'), pool: 'default' };
    await ports.createQueue(pool);
    await ports.queues.send(pool, sampleJob());
    await ports.inventory.remove(pool);
    await ports.inventory.remove(pool);
    expect(await poolsOf(ports, pool.accountId)).toEqual([]);
    expect(await ports.inventory.depth(pool)).toBeUndefined();
  });

  it('returns the numbers of visible and of received messages', async () => {
    const ports = makePorts();
    const pool = { accountId: unique('account'), pool: 'default' };
    await ports.createQueue(pool);
    expect(await ports.inventory.depth(pool)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    for (const job of [sampleJob(), sampleJob(), sampleJob()]) await ports.queues.send(pool, job);
    await ports.queues.receive(pool, { limit: 1, visibilitySeconds: 60 });
    expect(await ports.inventory.depth(pool)).toEqual({ visible: 2, inFlight: 1, delayed: 0 });
  });
}
