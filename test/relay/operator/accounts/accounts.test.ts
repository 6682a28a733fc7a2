// Accounts as an operator makes and changes them: what they may be, and that a crash or a rival spoils nothing.
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
import { setQuota, showQuota } from '../../../../lib/relay/operator/accounts/quota.ts';
import { granted, refusalOf } from '../../../support/relay/outcomes.ts';
import { ACCOUNT, NOW, sampleAccount, sampleEndpoint } from '../../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../../support/relay/world.ts';

const WISH = { accountId: 'fresh4fresh4fres', name: 'Fresh' };
const { accountId } = ACCOUNT;

const stored = (world: World, id: string = WISH.accountId) => world.ports.accounts.find(id);

/** Somebody else changes the account between our reading and our writing. */
function raceOnce(world: World, change: Partial<Account>): void {
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

describe('creating', () => {
  it('gives an account with defaults and an id of its own, that takes jobs at once', async () => {
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

  it('makes a queue for each pool before anybody can see the account', async () => {
    const world = await createWorld();
    const steps: string[] = [];
    const { accounts } = world.ports;
    const registry = { createQueue: async ({ pool }: { pool: string }) => void steps.push(`queue ${pool}`) };
    const create = async (account: Account) => {
      steps.push('account');
      return accounts.create(account);
    };
    const ports = { ...world.ports, registry, accounts: { ...accounts, create } };
    granted(await createAccount(ports, { ...WISH, pools: ['eu', 'us'] }));
    expect(steps).toEqual(['queue eu', 'queue us', 'account']);
  });

  it('again with the same input is done again to the end, and changes nothing', async () => {
    const world = await createWorld();
    const first = granted(await createAccount(world.ports, { ...WISH, jobsPerMonth: 5 }));
    granted(await suspendAccount(world.ports, WISH.accountId));
    world.passSeconds(60);
    await world.ports.inventory.remove({ accountId: WISH.accountId, pool: 'default' });
    const again = granted(await createAccount(world.ports, { ...WISH, jobsPerMonth: 5 }));
    expect(again).toEqual({ ...first, state: 'suspended' });
    expect(await world.ports.inventory.depth({ accountId: WISH.accountId, pool: 'default' })).toBeDefined();
  });

  it.each<[string, Partial<AccountInput>]>([
    ['another name', { name: 'Other' }],
    ['other numbers', { jobsPerMonth: 7 }],
    ['other pools', { pools: ['eu'] }],
  ])('under a taken id with %s is refused', async (_what, change) => {
    const world = await createWorld();
    const account = granted(await createAccount(world.ports, WISH));
    expect(refusalOf(await createAccount(world.ports, { ...WISH, ...change }))).toBe('account_taken');
    expect(await stored(world)).toEqual(account);
  });

  it('twice at once makes one: the other gets the same, or is told that it is taken', async () => {
    const world = await createWorld();
    const same = await Promise.all([createAccount(world.ports, WISH), createAccount(world.ports, WISH)]);
    expect(same.map(granted)).toEqual([await stored(world), await stored(world)]);
    const id = { accountId: 'second4second4se' };
    const rivals = ['One', 'Two'].map((name) => createAccount(world.ports, { ...id, name }));
    expect((await Promise.all(rivals)).map(refusalOf).toSorted()).toEqual(['account_taken', undefined]);
  });

  it('under the id of one that is being deleted is refused', async () => {
    const world = await createWorld();
    await world.putAccount(sampleAccount({ ...WISH, state: 'deleting' }));
    expect(refusalOf(await createAccount(world.ports, WISH))).toBe('account_taken');
  });

  it.each<[string, Partial<AccountInput>]>([
    ['an id of another form', { accountId: 'Fresh4fresh4fres' }],
    ['an id that is too short', { accountId: 'fresh' }],
    ['an id with digits that base32 has not', { accountId: 'fresh1fresh1fres' }],
    ['no name', { name: '' }],
    ['a name of spaces', { name: '   ' }],
    ['a name with a space around it', { name: ' Fresh' }],
    ['a name with a line end', { name: 'Fresh\n' }],
    ['a name with a control character', { name: 'Fr\u001besh' }],
    ['a name that turns the text around', { name: 'Fr\u202eesh' }],
    ['a name that is too long', { name: 'x'.repeat(101) }],
    ['a pool with a dash', { pools: ['eu-1'] }],
    ['a pool with capitals', { pools: ['EU'] }],
    ['a pool that is too long', { pools: ['x'.repeat(21)] }],
    ['no pool', { pools: [] }],
    ['a pool twice', { pools: ['eu', 'eu'] }],
    ['too many pools', { pools: Array.from({ length: 21 }, (_, index) => `p${index}`) }],
  ])('refuses %s, and makes nothing', async (_what, change) => {
    const world = await createWorld();
    const before = await Array.fromAsync(world.ports.inventory.list());
    expect(refusalOf(await createAccount(world.ports, { ...WISH, ...change }))).toBe('invalid');
    expect(await stored(world)).toBeUndefined();
    expect(await Array.fromAsync(world.ports.inventory.list())).toEqual(before);
  });

  it.each(Object.entries(ACCOUNT_NUMBERS))('takes %s in its range, and no other', async (name, { min, max }) => {
    const world = await createWorld();
    const numbers = fc.oneof(fc.integer(), fc.double(), fc.integer({ min: min, max: max }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(numbers, fc.constantFrom(min, max, min - 1, max + 1)), async (value) => {
        const isRight = Number.isInteger(value) && value >= min && value <= max;
        const change = { [name as AccountNumber]: value };
        const outcome = name.startsWith('jobsPer')
          ? await setQuota(world.ports, accountId, change)
          : await setAccount(world.ports, accountId, change);
        expect(outcome.ok ? 'taken' : outcome.code).toBe(isRight ? 'taken' : 'invalid');
      }),
    );
  });
});

describe('an account', () => {
  it('changes what is named, and nothing else', async () => {
    const world = await createWorld();
    const before = await stored(world, accountId);
    granted(await setAccount(world.ports, accountId, { name: 'Acme 2', resultFreshnessSeconds: 60 }));
    expect(await stored(world, accountId)).toEqual({ ...before, name: 'Acme 2', resultFreshnessSeconds: 60 });
    granted(await setAccount(world.ports, accountId, { name: undefined, jobDeadlineSeconds: 120 }));
    expect(await stored(world, accountId)).toMatchObject({ name: 'Acme 2', jobDeadlineSeconds: 120 });
  });

  it('is suspended and resumed, and a repeat leaves the time of the first', async () => {
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
  ])('that somebody else changed meanwhile is not changed by %s', async (_name, change) => {
    const world = await createWorld();
    raceOnce(world, { pools: ['other'] });
    expect(refusalOf(await change(world))).toBe('changed_meanwhile');
    expect(await stored(world, accountId)).toEqual({ ...ACCOUNT, pools: ['other'] });
  });

  it.each([
    ['setAccount', (world: World, id: string) => setAccount(world.ports, id, { name: 'New' })],
    ['suspendAccount', (world: World, id: string) => suspendAccount(world.ports, id)],
    ['resumeAccount', (world: World, id: string) => resumeAccount(world.ports, id)],
    ['setQuota', (world: World, id: string) => setQuota(world.ports, id, {})],
  ])('that is unknown or being deleted is refused by %s', async (_name, change) => {
    const world = await createWorld();
    expect(refusalOf(await change(world, 'nobody'))).toBe('account_unknown');
    const deleting = sampleAccount({ state: 'deleting' });
    await world.putAccount(deleting);
    expect(refusalOf(await change(world, deleting.accountId))).toBe('account_deleting');
    expect(await stored(world, deleting.accountId)).toEqual(deleting);
  });

  it('is shown with its quota, its agents and its endpoints, also while it is being deleted', async () => {
    const world = await createWorld();
    await world.putAccount({ ...ACCOUNT, state: 'deleting' });
    const [other, gone] = [await world.makeAgent(2), await world.makeAgent(3)];
    await world.ports.agents.setState({ accountId, agentId: gone.key.keyId }, 'revoked', NOW);
    await world.ports.agents.setState({ accountId, agentId: other.key.keyId }, 'paused', NOW);
    await world.ports.presence.recordSeen(other.key, NOW);
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

  it('is listed by name with the others', async () => {
    const world = await createWorld();
    for (const name of ['Zeta', 'Ärmel', 'Beta']) await world.putAccount(sampleAccount({ name }));
    const names = granted(await listAccounts(world.ports)).map(({ name }) => name);
    expect(names).toEqual(['Acme', 'Ärmel', 'Beta', 'Zeta']);
  });
});

it('shows a quota as its partner sees it, and a change of it at once', async () => {
  const world = await createWorld();
  await world.submit(sampleSubmission());
  const seen = (await world.get('/api/quota')).json;
  expect(granted(await showQuota(world.ports, accountId))).toEqual(seen);
  const changed = granted(await setQuota(world.ports, accountId, { jobsPerMonth: 1 }));
  expect(changed).toMatchObject({ month: { limit: 1, used: 1, remaining: 0 }, minute: seen.minute });
  expect((await world.submit(sampleSubmission())).json.code).toBe('quota_exceeded');
  expect(refusalOf(await showQuota(world.ports, 'nobody'))).toBe('account_unknown');
});
