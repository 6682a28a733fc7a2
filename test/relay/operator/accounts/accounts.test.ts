// Creating and changing accounts: valid values, repeats after a crash, and commands that race with each other.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../../lib/relay/model/records.ts';
import { ACCOUNT_NUMBERS, type AccountNumber } from '../../../../lib/relay/operator/account-form.ts';
import {
  type AccountInput,
  createAccount,
  listAccounts,
  resumeAccount,
  setAccount,
  showAccount,
  suspendAccount,
} from '../../../../lib/relay/operator/accounts/accounts.ts';
import { setQuota } from '../../../../lib/relay/operator/accounts/quota.ts';
import { granted, refusalOf } from '../../../support/relay/outcomes.ts';
import { ACCOUNT, NOW, sampleAccount, sampleEndpoint } from '../../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../../support/relay/world.ts';

const INPUT = { accountId: 'fresh4fresh4fres', name: 'Fresh' };
const { accountId } = ACCOUNT;

const stored = (world: World, id: string = INPUT.accountId) => world.ports.accounts.find(id);

/** Changes the account between each read and write of a command. */
function changeAfterRead(world: World, change: Partial<Account>): void {
  const { accounts } = world.ports;
  world.ports.accounts = {
    ...accounts,
    async find(id) {
      const found = await accounts.find(id);
      if (found) await accounts.change(found, { ...found, ...change });
      return found;
    },
  };
}

describe('creating an account', () => {
  it('returns an account with defaults and a new id, which accepts jobs at once', async () => {
    const world = await createWorld();
    const account = granted(await createAccount(world.ports, { name: 'Müller & Söhne (東京)' }));
    expect(account).toEqual({
      accountId: expect.stringMatching(/^[a-z2-7]{16}$/),
      name: 'Müller & Söhne (東京)',
      state: 'active',
      stateSince: NOW,
      jobsPerMonth: 10_000,
      jobsPerMinute: 600,
      jobDeadlineSeconds: 86_400,
      resultFreshnessSeconds: 86_400,
      pools: ['default'],
    });
    const partner = await world.makePartner(account.accountId);
    expect((await world.submit(sampleSubmission(), partner)).status).toBe(202);
  });

  it('creates the queue of each pool before the account’s row', async () => {
    const world = await createWorld();
    const steps: string[] = [];
    const { accounts } = world.ports;
    const registry = { createQueue: async ({ pool }: { pool: string }) => void steps.push(`queue ${pool}`) };
    const create = async (account: Account) => {
      steps.push('account');
      return accounts.create(account);
    };
    const ports = { ...world.ports, registry, accounts: { ...accounts, create } };
    granted(await createAccount(ports, { ...INPUT, pools: ['eu', 'us'] }));
    expect(steps).toEqual(['queue eu', 'queue us', 'account']);
  });

  it('recreates missing queues and changes nothing else when it is repeated with the same input', async () => {
    const world = await createWorld();
    const first = granted(await createAccount(world.ports, { ...INPUT, jobsPerMonth: 5 }));
    granted(await suspendAccount(world.ports, INPUT.accountId));
    world.passSeconds(60);
    await world.ports.inventory.remove({ accountId: INPUT.accountId, pool: 'default' });
    const repeat = granted(await createAccount(world.ports, { ...INPUT, jobsPerMonth: 5 }));
    expect(repeat).toEqual({ ...first, state: 'suspended' });
    expect(await world.ports.inventory.depth({ accountId: INPUT.accountId, pool: 'default' })).toBeDefined();
  });

  it.each<[string, Partial<AccountInput>]>([
    ['another name', { name: 'Other' }],
    ['other numbers', { jobsPerMonth: 7 }],
    ['other pools', { pools: ['eu'] }],
  ])('refuses a taken id with %s', async (_what, change) => {
    const world = await createWorld();
    const account = granted(await createAccount(world.ports, INPUT));
    expect(refusalOf(await createAccount(world.ports, { ...INPUT, ...change }))).toBe('account_taken');
    expect(await stored(world)).toEqual(account);
  });

  it('creates one account when two commands run at once: the same input succeeds twice, another input is refused', async () => {
    const world = await createWorld();
    const same = await Promise.all([createAccount(world.ports, INPUT), createAccount(world.ports, INPUT)]);
    expect(same.map(granted)).toEqual([await stored(world), await stored(world)]);
    const id = { accountId: 'second4second4se' };
    const different = ['One', 'Two'].map((name) => createAccount(world.ports, { ...id, name }));
    expect((await Promise.all(different)).map(refusalOf).toSorted()).toEqual(['account_taken', undefined]);
  });

  it('refuses the id of an account that is being deleted', async () => {
    const world = await createWorld();
    await world.putAccount(sampleAccount({ ...INPUT, state: 'deleting' }));
    expect(refusalOf(await createAccount(world.ports, INPUT))).toBe('account_taken');
  });

  it.each<[string, Partial<AccountInput>]>([
    ['an id with a capital', { accountId: 'Fresh4fresh4fres' }],
    ['an id that is too short', { accountId: 'fresh' }],
    ['an id with digits outside base32', { accountId: 'fresh1fresh1fres' }],
    ['an empty name', { name: '' }],
    ['a name of spaces', { name: '   ' }],
    ['a name with a leading space', { name: ' Fresh' }],
    ['a name with a line end', { name: 'Fresh\n' }],
    ['a name with a control character', { name: 'Fr\u001besh' }],
    ['a name with a bidirectional override', { name: 'Fr\u202eesh' }],
    ['a name that is too long', { name: 'x'.repeat(101) }],
    ['a pool with a dash', { pools: ['eu-1'] }],
    ['a pool with capitals', { pools: ['EU'] }],
    ['a pool that is too long', { pools: ['x'.repeat(21)] }],
    ['no pool', { pools: [] }],
    ['a pool twice', { pools: ['eu', 'eu'] }],
    ['too many pools', { pools: Array.from({ length: 21 }, (_, index) => `p${index}`) }],
  ])('refuses %s, and creates nothing', async (_what, change) => {
    const world = await createWorld();
    const before = await Array.fromAsync(world.ports.inventory.list());
    expect(refusalOf(await createAccount(world.ports, { ...INPUT, ...change }))).toBe('invalid');
    expect(await stored(world)).toBeUndefined();
    expect(await Array.fromAsync(world.ports.inventory.list())).toEqual(before);
  });

  it.each(Object.entries(ACCOUNT_NUMBERS))('accepts %s only within its range', async (name, { min, max }) => {
    const world = await createWorld();
    const numbers = fc.oneof(fc.integer(), fc.double(), fc.integer({ min, max }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(numbers, fc.constantFrom(min, max, min - 1, max + 1)), async (value) => {
        const isValid = Number.isInteger(value) && value >= min && value <= max;
        const change = { [name as AccountNumber]: value };
        const outcome = name.startsWith('jobsPer')
          ? await setQuota(world.ports, accountId, change)
          : await setAccount(world.ports, accountId, change);
        expect(outcome.ok ? 'accepted' : outcome.code).toBe(isValid ? 'accepted' : 'invalid');
      }),
    );
  });
});

describe('an account', () => {
  it('changes only the values that are named', async () => {
    const world = await createWorld();
    const before = await stored(world, accountId);
    granted(await setAccount(world.ports, accountId, { name: 'Acme 2', resultFreshnessSeconds: 60 }));
    expect(await stored(world, accountId)).toEqual({ ...before, name: 'Acme 2', resultFreshnessSeconds: 60 });
    granted(await setAccount(world.ports, accountId, { name: undefined, jobDeadlineSeconds: 120 }));
    expect(await stored(world, accountId)).toMatchObject({ name: 'Acme 2', jobDeadlineSeconds: 120 });
  });

  it('is suspended and resumed, and keeps the time of the first command when it is repeated', async () => {
    const world = await createWorld();
    for (const [change, state] of [
      [suspendAccount, 'suspended'],
      [resumeAccount, 'active'],
    ] as const) {
      world.passSeconds(60);
      const first = granted(await change(world.ports, accountId));
      expect(first).toMatchObject({ state, stateSince: world.time.nowMs });
      world.passSeconds(60);
      expect(granted(await change(world.ports, accountId))).toEqual(first);
    }
  });

  it.each([
    ['setAccount', (world: World) => setAccount(world.ports, accountId, { name: 'Mine' })],
    ['suspendAccount', (world: World) => suspendAccount(world.ports, accountId)],
    ['setQuota', (world: World) => setQuota(world.ports, accountId, { jobsPerMonth: 1 })],
  ])('is not changed by %s if another command changed it first', async (_name, change) => {
    const world = await createWorld();
    changeAfterRead(world, { pools: ['other'] });
    expect(refusalOf(await change(world))).toBe('changed_meanwhile');
    expect(await stored(world, accountId)).toEqual({ ...ACCOUNT, pools: ['other'] });
  });

  it.each([
    ['setAccount', (world: World, id: string) => setAccount(world.ports, id, { name: 'New' })],
    ['suspendAccount', (world: World, id: string) => suspendAccount(world.ports, id)],
    ['resumeAccount', (world: World, id: string) => resumeAccount(world.ports, id)],
    ['setQuota', (world: World, id: string) => setQuota(world.ports, id, {})],
  ])('is refused by %s if it is unknown or being deleted', async (_name, change) => {
    const world = await createWorld();
    expect(refusalOf(await change(world, 'nobody'))).toBe('account_unknown');
    const deleting = sampleAccount({ state: 'deleting' });
    await world.putAccount(deleting);
    expect(refusalOf(await change(world, deleting.accountId))).toBe('account_deleting');
    expect(await stored(world, deleting.accountId)).toEqual(deleting);
  });

  it('is shown with its quota, its agents and its endpoints, even while it is being deleted', async () => {
    const world = await createWorld();
    await world.putAccount({ ...ACCOUNT, state: 'deleting' });
    const [paused, revoked] = [await world.makeAgent(2), await world.makeAgent(3)];
    await world.ports.agents.setState({ accountId, agentId: revoked.key.keyId }, 'revoked', NOW);
    await world.ports.agents.setState({ accountId, agentId: paused.key.keyId }, 'paused', NOW);
    await world.ports.presence.recordSeen(paused.key, NOW);
    for (const state of ['active', 'unverified', 'disabled'] as const)
      await world.ports.endpoints.create(sampleEndpoint({ state }));
    await world.ports.quota.take(accountId, 3, { jobsPerMonth: 10, jobsPerMinute: 10 }, NOW);
    expect(granted(await showAccount(world.ports, accountId))).toMatchObject({
      account: { accountId, state: 'deleting' },
      quota: { month: { limit: 1_000, used: 3, remaining: 997 } },
      agents: { total: 2, online: 1, paused: 1 },
      endpoints: { total: 3, active: 1 },
    });
    expect(refusalOf(await showAccount(world.ports, 'nobody'))).toBe('account_unknown');
  });

  it('is listed with the others, sorted by name', async () => {
    const world = await createWorld();
    for (const name of ['Zeta', 'Ärmel', 'Beta']) await world.putAccount(sampleAccount({ name }));
    const names = granted(await listAccounts(world.ports)).map(({ name }) => name);
    expect(names).toEqual(['Acme', 'Ärmel', 'Beta', 'Zeta']);
  });
});
