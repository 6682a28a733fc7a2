// Pools: a queue is created before its pool can be used, and removed when no function uses it any more.

import { describe, expect, it } from 'vitest';
import { TUNING } from '../../../../lib/relay/model/tuning.ts';
import { addPool, removePool } from '../../../../lib/relay/operator/accounts/pools.ts';
import { granted, refusalOf } from '../../../support/relay/outcomes.ts';
import { ACCOUNT, NOW, sampleAccount, sampleJob } from '../../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../../support/relay/world.ts';

const { accountId } = ACCOUNT;
const SECOND = { accountId, pool: 'second' };

async function ready() {
  const world = await createWorld();
  const slept: number[] = [];
  const ports = Object.assign(world.ports, {
    sleep: async (ms: number) => {
      slept.push(ms);
      world.time.nowMs += ms;
    },
  });
  return {
    ...{ world, ports, slept },
    pools: async () => (await ports.accounts.find(accountId))?.pools,
    depth: (pool: string) => ports.inventory.depth({ accountId, pool }),
  };
}

describe('adding a pool', () => {
  it('creates its queue first, and then accepts jobs for it', async () => {
    const { world, ports, pools } = await ready();
    const change = async () => {
      throw new Error('killed');
    };
    await expect(addPool({ ...ports, accounts: { ...ports.accounts, change } }, accountId, 'third')).rejects.toThrow();
    expect(await ports.inventory.depth({ accountId, pool: 'third' })).toBeDefined();
    expect(await pools()).toEqual(['default', 'second']);
    expect(granted(await addPool(ports, accountId, 'third')).pools).toEqual(['default', 'second', 'third']);
    expect((await world.submit(sampleSubmission({ pool: 'third' }))).status).toBe(202);
  });

  it('recreates the missing queue of an existing pool, and changes nothing else', async () => {
    const { ports, pools, depth } = await ready();
    await ports.inventory.remove(SECOND);
    granted(await addPool(ports, accountId, 'second'));
    expect([await pools(), await depth('second')]).toEqual([['default', 'second'], { visible: 0, inFlight: 0 }]);
  });

  it('can make a new or an existing pool the default', async () => {
    const { world, ports, pools } = await ready();
    granted(await addPool(ports, accountId, 'third', { first: true }));
    expect(await pools()).toEqual(['third', 'default', 'second']);
    granted(await addPool(ports, accountId, 'second', { first: true }));
    expect(await pools()).toEqual(['second', 'third', 'default']);
    expect((await world.submit(sampleSubmission())).json.pool).toBe('second');
  });

  it('refuses an invalid name, a pool above the limit, and an account that is unknown or being deleted', async () => {
    const { world, ports } = await ready();
    expect(refusalOf(await addPool(ports, accountId, 'No Pool'))).toBe('invalid');
    const full = sampleAccount({ pools: ['p0', ...Array.from({ length: 19 }, (_, index) => `p${index + 1}`)] });
    const deleting = sampleAccount({ state: 'deleting' });
    for (const account of [full, deleting]) await world.putAccount(account);
    expect(refusalOf(await addPool(ports, full.accountId, 'more'))).toBe('invalid');
    expect(refusalOf(await addPool(ports, deleting.accountId, 'more'))).toBe('account_deleting');
    expect(refusalOf(await addPool(ports, 'nobody', 'more'))).toBe('account_unknown');
    expect(await Array.fromAsync(ports.inventory.list('nobody'))).toEqual([]);
  });
});

describe('removing a pool', () => {
  it('removes it from the account, waits until no function sends to it, and removes its queue', async () => {
    const { ports, slept, pools, depth } = await ready();
    const announced: number[] = [];
    granted(await removePool(ports, accountId, 'second', (seconds) => announced.push(seconds)));
    expect([await pools(), await depth('second')]).toEqual([['default'], undefined]);
    expect([slept, announced]).toEqual([[TUNING.cacheExpirySeconds * 1000], [TUNING.cacheExpirySeconds]]);
  });

  it('keeps the queue if a function with a cached row admitted a job, and a later repeat removes it', async () => {
    const { ports, pools, depth } = await ready();
    const job = sampleJob({ pool: 'second' });
    const sleep = async () => void (await ports.jobs.create(job, NOW));
    expect(refusalOf(await removePool({ ...ports, sleep }, accountId, 'second'))).toBe('jobs_open');
    expect([await pools(), await depth('second')]).toEqual([['default'], { visible: 0, inFlight: 0 }]);
    await ports.jobs.end(job, { state: 'canceled', reason: 'asked', nowMs: NOW });
    granted(await removePool(ports, accountId, 'second'));
    expect(await depth('second')).toBeUndefined();
  });

  it('keeps the queue if the pool is added again during the wait', async () => {
    const { ports, pools, depth } = await ready();
    const sleep = async () => void granted(await addPool(ports, accountId, 'second'));
    expect(refusalOf(await removePool({ ...ports, sleep }, accountId, 'second'))).toBe('changed_meanwhile');
    expect([await pools(), await depth('second')]).toEqual([['default', 'second'], { visible: 0, inFlight: 0 }]);
  });

  it('keeps the queue if a function with a cached row enrolled an agent', async () => {
    const { world, ports, depth } = await ready();
    let agentId = '';
    const sleep = async () => {
      agentId = (await world.makeAgent(2, { pool: 'second' })).key.keyId;
    };
    expect(refusalOf(await removePool({ ...ports, sleep }, accountId, 'second'))).toBe('pool_in_use');
    expect(await depth('second')).toBeDefined();
    await ports.agents.setState({ accountId, agentId }, 'revoked', NOW);
    granted(await removePool(ports, accountId, 'second'));
    expect(await depth('second')).toBeUndefined();
  });

  it('is completed by a repeat after it was killed', async () => {
    const { ports, depth } = await ready();
    const sleep = () => Promise.reject(new Error('killed'));
    await expect(removePool({ ...ports, sleep }, accountId, 'second')).rejects.toThrow('killed');
    granted(await removePool(ports, accountId, 'second'));
    expect(await depth('second')).toBeUndefined();
    expect(refusalOf(await removePool(ports, accountId, 'second'))).toBe('pool_unknown');
  });

  it('is refused for the default pool, for a pool with agents, and for a pool with open jobs', async () => {
    const { world, ports, pools } = await ready();
    expect(refusalOf(await removePool(ports, accountId, 'default'))).toBe('pool_in_use');
    const job = sampleJob({ pool: 'second' });
    await ports.jobs.create(job, NOW);
    expect(refusalOf(await removePool(ports, accountId, 'second'))).toBe('jobs_open');
    await ports.jobs.end(job, { state: 'canceled', reason: 'asked', nowMs: NOW });
    const agent = await world.makeAgent(2, { pool: 'second' });
    await ports.agents.setState({ accountId, agentId: agent.key.keyId }, 'paused', NOW);
    expect(refusalOf(await removePool(ports, accountId, 'second'))).toBe('pool_in_use');
    expect(await pools()).toEqual(['default', 'second']);
    await ports.agents.setState({ accountId, agentId: agent.key.keyId }, 'revoked', NOW);
    granted(await removePool(ports, accountId, 'second'));
  });

  it('is refused for an unknown pool and for an unknown account', async () => {
    const { ports } = await ready();
    expect(refusalOf(await removePool(ports, accountId, 'third'))).toBe('pool_unknown');
    expect(refusalOf(await removePool(ports, 'nobody', 'second'))).toBe('account_unknown');
  });

  it('is refused if another command changes the account at the same time', async () => {
    const { ports, pools, depth } = await ready();
    const change = async () => false;
    const outcome = await removePool({ ...ports, accounts: { ...ports.accounts, change } }, accountId, 'second');
    expect(refusalOf(outcome)).toBe('changed_meanwhile');
    expect([await pools(), await depth('second')]).toEqual([['default', 'second'], { visible: 0, inFlight: 0 }]);
  });
});
