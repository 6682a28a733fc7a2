// Deleting an account: who is shut out when, what is waited for, and that nothing goes on behind it.

import { describe, expect, it, test } from 'vitest';
import { Secret } from '../../../../lib/protocol/secret.ts';
import { TUNING } from '../../../../lib/relay/model/tuning.ts';
import { createAccount, suspendAccount } from '../../../../lib/relay/operator/accounts/accounts.ts';
import { revokeAgent } from '../../../../lib/relay/operator/accounts/agents.ts';
import { type DeletionProgress, deleteAccount } from '../../../../lib/relay/operator/accounts/delete-account.ts';
import { createKey, importKey, type ProvisionedKey } from '../../../../lib/relay/operator/keys/keys.ts';
import { revokeKey } from '../../../../lib/relay/operator/keys/revoke-key.ts';
import { rotateKey } from '../../../../lib/relay/operator/keys/rotate-key.ts';
import { leaseOne } from '../../../support/relay/evidence-samples.ts';
import { granted, refusalOf } from '../../../support/relay/outcomes.ts';
import {
  ACCOUNT,
  NOW,
  sampleAccount,
  sampleDelivery,
  sampleEndpoint,
  sampleJob,
} from '../../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../../support/relay/world.ts';

const { accountId } = ACCOUNT;
const SETTLE = TUNING.cacheExpirySeconds;

/** An account with something of everything. */
async function furnished(world: World): Promise<void> {
  const { ports } = world;
  await ports.endpoints.create(sampleEndpoint());
  await ports.log.record(sampleDelivery());
  await ports.jobs.create(sampleJob({ state: 'failed' }), NOW);
  const secret = new Secret('a-secret-of-theirs-0123456789');
  granted(await importKey(ports, { accountId, keyId: 'their-slug', profile: 'vouchersx', secret }));
}

async function ready() {
  const world = await createWorld();
  await furnished(world);
  const slept: number[] = [];
  const { sleep } = world.ports;
  world.ports.sleep = async (ms) => {
    slept.push(ms / 1000);
    await sleep(ms);
  };
  const remains = async () => ({
    rows: world.ports.directory.rowsOf(accountId),
    jobs: world.ports.jobs.all().filter((job) => job.accountId === accountId).length,
    deliveries: world.ports.log.all().filter((record) => record.accountId === accountId).length,
    queues: await Array.fromAsync(world.ports.inventory.list(accountId)),
    secrets: await world.ports.importedSecrets.list(accountId),
  });
  return { world, ports: world.ports, slept, remains };
}

const NOTHING = { rows: [], jobs: 0, deliveries: 0, queues: [], secrets: [] };

describe('deleting an account', () => {
  it('leaves nothing of it, says what it removed, and tells how far it is', async () => {
    const { ports, slept, remains } = await ready();
    const told: DeletionProgress[] = [];
    const removed = granted(await deleteAccount(ports, accountId, { onProgress: (step) => told.push(step) }));
    expect(removed).toMatchObject({ queues: 2, secrets: 1 });
    expect(removed.rows).toBeGreaterThanOrEqual(5);
    expect(await remains()).toEqual(NOTHING);
    expect(slept).toEqual([SETTLE]);
    expect(told.map(({ step }) => step)).toEqual(['waiting', 'queues', 'queues', 'secrets', 'rows', 'rows', 'rows']);
    expect(told[0]).toEqual({ step: 'waiting', seconds: SETTLE });
    expect(refusalOf(await deleteAccount(ports, accountId))).toBe('account_unknown');
  });

  it('touches nothing of another', async () => {
    const { world, ports } = await ready();
    const other = sampleAccount({ accountId: `${accountId}0` });
    await world.putAccount(other);
    await ports.endpoints.create(sampleEndpoint({ accountId: other.accountId }));
    await ports.jobs.create(sampleJob({ accountId: other.accountId }), NOW);
    const before = ports.directory.rowsOf(other.accountId);
    granted(await deleteAccount(ports, accountId));
    expect(ports.directory.rowsOf(other.accountId)).toEqual(before);
    expect(ports.jobs.all().map((job) => job.accountId)).toEqual([other.accountId]);
    expect(await Array.fromAsync(ports.inventory.list(other.accountId))).toHaveLength(2);
  });

  it('is refused while jobs are open, and changes nothing then', async () => {
    const { world, ports, remains } = await ready();
    for (let made = 0; made < 2; made += 1) await world.submit(sampleSubmission());
    const before = await remains();
    const outcome = await deleteAccount(ports, accountId);
    expect(outcome).toMatchObject({ ok: false, code: 'jobs_open', message: expect.stringContaining('2 jobs') });
    expect(await remains()).toEqual(before);
    expect((await ports.accounts.find(accountId))?.state).toBe('active');
    expect((await world.submit(sampleSubmission())).status).toBe(202);
  });

  it('cancels what is open when it is told to, leased or not', async () => {
    const { world, ports, remains } = await ready();
    await leaseOne(world);
    await world.submit(sampleSubmission());
    const told: DeletionProgress[] = [];
    granted(await deleteAccount(ports, accountId, { cancelJobs: true, onProgress: (step) => told.push(step) }));
    expect(told).toContainEqual({ step: 'canceling', jobs: 2 });
    const ended = world.events.filter(({ event }) => event === 'job.ended');
    expect(ended.map((event) => 'reason' in event && event.reason)).toEqual(['account_deleted', 'account_deleted']);
    expect(await remains()).toEqual(NOTHING);
  });

  it('shuts partners and agents out at once, and its endpoints go before the wait', async () => {
    const { world, ports } = await ready();
    const answers: unknown[] = [];
    const { sleep } = ports;
    ports.sleep = async (ms) => {
      answers.push((await world.submit(sampleSubmission())).json.code, (await world.pull({ want: 1 })).status);
      answers.push(await ports.endpoints.list(accountId), (await ports.accounts.find(accountId))?.state);
      await sleep(ms);
    };
    granted(await deleteAccount(ports, accountId));
    expect(answers).toEqual(['account_suspended', 403, [], 'deleting']);
  });

  it('finds what a function let in that still knew the account as active, and is refused or cancels it', async () => {
    const { ports, remains } = await ready();
    const late = sampleJob();
    const { sleep } = ports;
    ports.sleep = async (ms) => {
      await sleep(ms);
      await ports.jobs.create(late, NOW);
    };
    const refused = await deleteAccount(ports, accountId);
    expect(refused).toMatchObject({ code: 'jobs_open', message: expect.not.stringContaining('suspend') });
    expect((await ports.accounts.find(accountId))?.state).toBe('deleting');
    granted(await deleteAccount(ports, accountId, { cancelJobs: true }));
    expect(await remains()).toEqual(NOTHING);
  });

  it('that cannot cancel a job, because it keeps changing, stops before it removes anything', async () => {
    const { world, ports, remains } = await ready();
    await world.submit(sampleSubmission());
    const { jobs } = ports;
    ports.jobs = { ...jobs, end: async (job) => ({ done: false, job }) };
    await expect(deleteAccount(ports, accountId, { cancelJobs: true })).rejects.toThrow();
    expect((await remains()).queues).toHaveLength(2);
    ports.jobs = jobs;
    granted(await deleteAccount(ports, accountId, { cancelJobs: true }));
    expect(await remains()).toEqual(NOTHING);
  });

  it('gives way to whoever changed the account at the same moment', async () => {
    const { ports, remains } = await ready();
    const before = await remains();
    const accounts = { ...ports.accounts, change: async () => false };
    expect(refusalOf(await deleteAccount({ ...ports, accounts }, accountId))).toBe('changed_meanwhile');
    expect(await remains()).toEqual(before);
  });

  it('of one that is not there is refused', async () => {
    const { ports } = await ready();
    expect(refusalOf(await deleteAccount(ports, 'nobody'))).toBe('account_unknown');
  });
});

describe('what a list does not show yet', () => {
  it('goes all the same: queues that the account names, secrets that its keys name', async () => {
    const { ports, remains } = await ready();
    const listNothing = async function* () {};
    const late = {
      ...ports,
      inventory: { ...ports.inventory, list: listNothing },
      importedSecrets: { ...ports.importedSecrets, list: async () => [] },
    };
    expect(granted(await deleteAccount(late, accountId))).toMatchObject({ queues: 2, secrets: 1 });
    expect(await remains()).toEqual(NOTHING);
  });

  it('is not counted where it is gone already', async () => {
    const { ports } = await ready();
    await ports.inventory.remove({ accountId, pool: 'second' });
    granted(await revokeKey(ports, 'their-slug'));
    expect(granted(await deleteAccount(ports, accountId))).toMatchObject({ queues: 1, secrets: 0 });
  });
});

describe('the wait', () => {
  async function quiet() {
    const { world, ports, slept } = await ready();
    for (const { endpointId } of await ports.endpoints.list(accountId))
      await ports.endpoints.remove(accountId, endpointId);
    return { world, ports, slept };
  }

  it('is not needed for an account that was suspended that long ago and has nothing to be sent or done', async () => {
    const { world, ports, slept } = await quiet();
    granted(await suspendAccount(ports, accountId));
    world.passSeconds(SETTLE);
    granted(await deleteAccount(ports, accountId));
    expect(slept).toEqual([]);
  });

  it('is as long as is left of it', async () => {
    const { world, ports, slept } = await quiet();
    granted(await suspendAccount(ports, accountId));
    world.passSeconds(SETTLE - 30);
    granted(await deleteAccount(ports, accountId));
    expect(slept).toEqual([30]);
  });

  it('begins anew where an agent of a suspended account could still write, or a delivery be logged', async () => {
    const { world, ports, slept } = await quiet();
    await leaseOne(world);
    granted(await suspendAccount(ports, accountId));
    world.passSeconds(SETTLE);
    granted(await deleteAccount(ports, accountId, { cancelJobs: true }));
    const other = await ready();
    granted(await suspendAccount(other.ports, accountId));
    other.world.passSeconds(SETTLE);
    granted(await deleteAccount(other.ports, accountId));
    expect([slept, other.slept]).toEqual([[SETTLE], [SETTLE]]);
  });

  it('begins anew for endpoints that a killed run has left, also when the next one is killed too', async () => {
    const { world, ports, slept } = await ready();
    const killed = () => Promise.reject(new Error('killed'));
    const early = { ...ports, endpoints: { ...ports.endpoints, remove: killed } };
    await expect(deleteAccount(early, accountId)).rejects.toThrow('killed');
    world.passSeconds(SETTLE);
    await expect(deleteAccount({ ...ports, sleep: killed }, accountId)).rejects.toThrow('killed');
    world.passSeconds(10);
    granted(await deleteAccount(ports, accountId));
    expect(slept).toEqual([SETTLE - 10]);
  });

  it('goes on where a killed run left it', async () => {
    const { world, ports, slept } = await quiet();
    const sleep = () => Promise.reject(new Error('killed'));
    await expect(deleteAccount({ ...ports, sleep }, accountId)).rejects.toThrow('killed');
    world.passSeconds(60);
    granted(await deleteAccount(ports, accountId));
    expect(slept).toEqual([SETTLE - 60]);
  });
});

it('lets nobody make or rotate a key of it meanwhile: its secret would stay behind', async () => {
  const { world, ports } = await ready();
  await world.putAccount({ ...ACCOUNT, state: 'deleting' });
  const secret = new Secret('another-secret-0123456789');
  const outcomes = [
    await createKey(ports, { accountId, profile: 'nitro' }),
    await importKey(ports, { accountId, keyId: 'late-slug', profile: 'vouchersx', secret }),
    await rotateKey(ports, world.partner.key.keyId),
  ];
  expect(outcomes.map(refusalOf)).toEqual(['account_deleting', 'account_deleting', 'account_deleting']);
});

it('removes the keys of revoked agents too', async () => {
  const { world, ports, remains } = await ready();
  await revokeAgent(ports, accountId, world.agent.key.keyId);
  granted(await deleteAccount(ports, accountId));
  expect(await remains()).toEqual(NOTHING);
});

test.each<[string, (ports: World['ports'], id: string) => Promise<ProvisionedKey>]>([
  [
    'is made',
    async (ports, id) => granted(await createKey(ports, { accountId: id, keyId: 'leaked', profile: 'nitro' })),
  ],
  [
    'is imported and rotated',
    async (ports, id) => {
      const secret = new Secret('a-secret-of-theirs-0123456789');
      granted(await importKey(ports, { accountId: id, keyId: 'leaked', profile: 'nitro', secret }));
      return granted(await rotateKey(ports, 'leaked'));
    },
  ],
])('a key that %s again under the ids of a deleted account has another secret', async (_, make) => {
  const { ports } = await createWorld();
  const id = 'shortlivedaccoun';
  const life = async () => {
    granted(await createAccount(ports, { accountId: id, name: 'Short-lived' }));
    const { secret } = await make(ports, id);
    granted(await deleteAccount(ports, id));
    return secret.reveal();
  };
  expect(new Set([await life(), await life(), await life()]).size).toBe(3);
});
