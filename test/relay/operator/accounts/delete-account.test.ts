// Deleting an account: requests are refused at once, the deletion waits for caches, and nothing of the account remains.

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
const CACHE_EXPIRY_SECONDS = TUNING.cacheExpirySeconds;

/** Gives the account an endpoint, a delivery, a job and an imported key. */
async function fillAccount(world: World): Promise<void> {
  const { ports } = world;
  await ports.endpoints.create(sampleEndpoint());
  await ports.log.record(sampleDelivery());
  await ports.jobs.create(sampleJob({ state: 'failed' }), NOW);
  const secret = new Secret('an-imported-secret-0123456789');
  granted(await importKey(ports, { accountId, keyId: 'imported-slug', profile: 'vouchersx', secret }));
}

async function ready() {
  const world = await createWorld();
  await fillAccount(world);
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
  it('removes everything of the account, returns what it removed, and reports its progress', async () => {
    const { ports, slept, remains } = await ready();
    const progress: DeletionProgress[] = [];
    const removed = granted(await deleteAccount(ports, accountId, { onProgress: (step) => progress.push(step) }));
    expect(removed).toMatchObject({ queues: 2, secrets: 1 });
    expect(removed.rows).toBeGreaterThanOrEqual(5);
    expect(await remains()).toEqual(NOTHING);
    expect(slept).toEqual([CACHE_EXPIRY_SECONDS]);
    const steps = progress.map(({ step }) => step);
    expect(steps).toEqual(['waiting', 'queues', 'queues', 'secrets', 'rows', 'rows', 'rows']);
    expect(progress[0]).toEqual({ step: 'waiting', seconds: CACHE_EXPIRY_SECONDS });
    expect(refusalOf(await deleteAccount(ports, accountId))).toBe('account_unknown');
  });

  it('changes nothing of another account', async () => {
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

  it('is refused while jobs are open, and then changes nothing', async () => {
    const { world, ports, remains } = await ready();
    for (let count = 0; count < 2; count += 1) await world.submit(sampleSubmission());
    const before = await remains();
    const outcome = await deleteAccount(ports, accountId);
    expect(outcome).toMatchObject({ ok: false, code: 'jobs_open', message: expect.stringContaining('2 open jobs') });
    expect(await remains()).toEqual(before);
    expect((await ports.accounts.find(accountId))?.state).toBe('active');
    expect((await world.submit(sampleSubmission())).status).toBe(202);
  });

  it('cancels open jobs with cancelJobs, leased or not', async () => {
    const { world, ports, remains } = await ready();
    await leaseOne(world);
    await world.submit(sampleSubmission());
    const progress: DeletionProgress[] = [];
    granted(await deleteAccount(ports, accountId, { cancelJobs: true, onProgress: (step) => progress.push(step) }));
    expect(progress).toContainEqual({ step: 'canceling', jobs: 2 });
    const ended = world.events.filter(({ event }) => event === 'job.ended');
    expect(ended.map((event) => 'reason' in event && event.reason)).toEqual(['account_deleted', 'account_deleted']);
    expect(await remains()).toEqual(NOTHING);
  });

  it('refuses partners and agents at once, and removes the endpoints before the wait', async () => {
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

  it('finds a job that a function with a cached row admitted late, and refuses or cancels it', async () => {
    const { ports, remains } = await ready();
    const late = sampleJob();
    const { sleep } = ports;
    ports.sleep = async (ms) => {
      await sleep(ms);
      await ports.jobs.create(late, NOW);
    };
    const refused = await deleteAccount(ports, accountId);
    expect(refused).toMatchObject({ code: 'jobs_open', message: expect.not.stringMatching(/suspend/i) });
    expect((await ports.accounts.find(accountId))?.state).toBe('deleting');
    granted(await deleteAccount(ports, accountId, { cancelJobs: true }));
    expect(await remains()).toEqual(NOTHING);
  });

  it('stops before it removes anything if a job keeps changing and cannot be canceled', async () => {
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

  it('is refused if another command changes the account at the same time', async () => {
    const { ports, remains } = await ready();
    const before = await remains();
    const accounts = { ...ports.accounts, change: async () => false };
    expect(refusalOf(await deleteAccount({ ...ports, accounts }, accountId))).toBe('changed_meanwhile');
    expect(await remains()).toEqual(before);
  });

  it('is refused for an unknown account', async () => {
    const { ports } = await ready();
    expect(refusalOf(await deleteAccount(ports, 'nobody'))).toBe('account_unknown');
  });
});

describe('queues and secrets that a list does not show', () => {
  it('are removed if the account’s row or its keys name them', async () => {
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

  it('are not counted if they do not exist', async () => {
    const { ports } = await ready();
    await ports.inventory.remove({ accountId, pool: 'second' });
    granted(await revokeKey(ports, 'imported-slug'));
    expect(granted(await deleteAccount(ports, accountId))).toMatchObject({ queues: 1, secrets: 0 });
  });
});

describe('the wait for caches', () => {
  async function readyWithoutEndpoints() {
    const { world, ports, slept } = await ready();
    for (const { endpointId } of await ports.endpoints.list(accountId))
      await ports.endpoints.remove(accountId, endpointId);
    return { world, ports, slept };
  }

  it('is skipped if the account was suspended long enough ago, without endpoints and open jobs', async () => {
    const { world, ports, slept } = await readyWithoutEndpoints();
    granted(await suspendAccount(ports, accountId));
    world.passSeconds(CACHE_EXPIRY_SECONDS);
    granted(await deleteAccount(ports, accountId));
    expect(slept).toEqual([]);
  });

  it('counts from the suspension', async () => {
    const { world, ports, slept } = await readyWithoutEndpoints();
    granted(await suspendAccount(ports, accountId));
    world.passSeconds(CACHE_EXPIRY_SECONDS - 30);
    granted(await deleteAccount(ports, accountId));
    expect(slept).toEqual([30]);
  });

  it('starts over if the suspended account had a leased job or an endpoint', async () => {
    const { world, ports, slept } = await readyWithoutEndpoints();
    await leaseOne(world);
    granted(await suspendAccount(ports, accountId));
    world.passSeconds(CACHE_EXPIRY_SECONDS);
    granted(await deleteAccount(ports, accountId, { cancelJobs: true }));
    const other = await ready();
    granted(await suspendAccount(other.ports, accountId));
    other.world.passSeconds(CACHE_EXPIRY_SECONDS);
    granted(await deleteAccount(other.ports, accountId));
    expect([slept, other.slept]).toEqual([[CACHE_EXPIRY_SECONDS], [CACHE_EXPIRY_SECONDS]]);
  });

  it('starts over for endpoints that a killed run left, and counts from their removal if a second run is killed', async () => {
    const { world, ports, slept } = await ready();
    const killed = () => Promise.reject(new Error('killed'));
    const early = { ...ports, endpoints: { ...ports.endpoints, remove: killed } };
    await expect(deleteAccount(early, accountId)).rejects.toThrow('killed');
    world.passSeconds(CACHE_EXPIRY_SECONDS);
    await expect(deleteAccount({ ...ports, sleep: killed }, accountId)).rejects.toThrow('killed');
    world.passSeconds(10);
    granted(await deleteAccount(ports, accountId));
    expect(slept).toEqual([CACHE_EXPIRY_SECONDS - 10]);
  });

  it('continues from the time of a killed run', async () => {
    const { world, ports, slept } = await readyWithoutEndpoints();
    const sleep = () => Promise.reject(new Error('killed'));
    await expect(deleteAccount({ ...ports, sleep }, accountId)).rejects.toThrow('killed');
    world.passSeconds(60);
    granted(await deleteAccount(ports, accountId));
    expect(slept).toEqual([CACHE_EXPIRY_SECONDS - 60]);
  });
});

it('refuses to create or rotate a key of an account that is being deleted, because its secret would remain', async () => {
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

it('removes the keys of revoked agents', async () => {
  const { world, ports, remains } = await ready();
  await revokeAgent(ports, accountId, world.agent.key.keyId);
  granted(await deleteAccount(ports, accountId));
  expect(await remains()).toEqual(NOTHING);
});

test.each<[string, (ports: World['ports'], id: string) => Promise<ProvisionedKey>]>([
  [
    'is created',
    async (ports, id) => granted(await createKey(ports, { accountId: id, keyId: 'leaked', profile: 'nitro' })),
  ],
  [
    'is imported and rotated',
    async (ports, id) => {
      const secret = new Secret('an-imported-secret-0123456789');
      granted(await importKey(ports, { accountId: id, keyId: 'leaked', profile: 'nitro', secret }));
      return granted(await rotateKey(ports, 'leaked'));
    },
  ],
])('gives another secret to a key that %s under the ids of a deleted account', async (_, make) => {
  const { ports } = await createWorld();
  const id = 'shortlivedaccoun';
  const createAndDelete = async () => {
    granted(await createAccount(ports, { accountId: id, name: 'Short-lived' }));
    const { secret } = await make(ports, id);
    granted(await deleteAccount(ports, id));
    return secret.reveal();
  };
  const secrets = [await createAndDelete(), await createAndDelete(), await createAndDelete()];
  expect(new Set(secrets).size).toBe(3);
});
