// What an operator makes, and that making it again changes nothing.
import { describe, expect, it } from 'vitest';
import { ensureAccount, ensureEndpoint } from '../../../lib/local/demo/ensure.ts';
import { createPartnerKey } from '../../../lib/local/demo/ensure-key.ts';
import { makeAccountId } from '../../../lib/relay/operator/accounts/accounts.ts';
import { ACCOUNT } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../support/relay/world.ts';

const WISH = { accountId: 'fresh4fresh4fres', name: 'Fresh' };

describe('an account', () => {
  it('has defaults, and takes jobs at once', async () => {
    const world = await createWorld();
    const account = await ensureAccount(world.ports, WISH);
    expect(account).toEqual({
      ...WISH,
      state: 'active',
      jobsPerMonth: 10_000,
      jobsPerMinute: 600,
      jobDeadlineSeconds: 86_400,
      resultFreshnessSeconds: 86_400,
      pools: ['default'],
    });
    const partner = await world.makePartner(account.accountId);
    expect((await world.submit(sampleSubmission(), partner)).status).toBe(202);
  });

  it('has a queue for each pool before anybody can see it', async () => {
    const world = await createWorld();
    const steps: string[] = [];
    const registry = {
      ...world.ports.registry,
      createQueue: async ({ pool }: { pool: string }) => void steps.push(`queue ${pool}`),
    };
    const accounts = { ...world.ports.accounts, create: async () => steps.push('account') > 0 };
    await ensureAccount({ ...world.ports, registry, accounts }, { ...WISH, pools: ['default', 'second'] });
    expect(steps).toEqual(['queue default', 'queue second', 'account']);
  });

  it('made again keeps what an operator has changed since, and is active', async () => {
    const world = await createWorld();
    const made = await ensureAccount(world.ports, WISH);
    const changed = { ...made, pools: ['eu', 'default'], jobsPerMonth: 5, name: 'Renamed' } as const;
    await world.putAccount({ ...changed, state: 'suspended' });
    expect(await ensureAccount(world.ports, { ...WISH, jobsPerMonth: 7 })).toEqual({
      ...changed,
      ...WISH,
      jobsPerMonth: 7,
      state: 'active',
      stateSince: world.time.nowMs,
    });
  });

  it('writes over nothing that somebody else has done at that moment, nor do keys and endpoints', async () => {
    const { ports } = await createWorld();
    const never = async () => false;
    const late = {
      ...ports,
      accounts: { ...ports.accounts, create: never, change: never },
      keys: { ...ports.keys, create: never, change: never },
      endpoints: { ...ports.endpoints, create: never, change: never },
    };
    const { accountId } = WISH;
    const inputs = [
      () => ensureAccount(late, WISH),
      () => createPartnerKey(late, { keyId: 'k', accountId, profile: 'nitro' }),
      () => ensureEndpoint(late, { endpointId: 'e', accountId, url: 'https://e.com', profile: 'nitro' }),
    ];
    for (const input of inputs) await expect(input()).rejects.toThrow('changed by somebody else');
  });

  it('has an id of 16 characters of base32', () => {
    expect(makeAccountId((count) => Buffer.alloc(count, 0xff))).toBe('7777777777777777');
    expect(makeAccountId((count) => Buffer.alloc(count))).toMatch(/^[a-z2-7]{16}$/);
  });
});

describe('made again', () => {
  it('everything is the same, secrets included', async () => {
    const world = await createWorld();
    const make = async () => {
      const account = await ensureAccount(world.ports, WISH);
      const partner = await createPartnerKey(world.ports, {
        keyId: 'k',
        accountId: WISH.accountId,
        profile: 'rfc9421',
      });
      const endpoint = await ensureEndpoint(world.ports, {
        endpointId: 'e',
        accountId: WISH.accountId,
        url: 'https://e.com',
        profile: 'standard-webhooks',
      });
      return [account, partner.key, partner.secret.reveal(), endpoint.endpoint, endpoint.secret.reveal()];
    };
    expect(await make()).toEqual(await make());
    expect(await world.ports.directory.listEndpoints(WISH.accountId)).toHaveLength(1);
  });

  it('a queue keeps its messages', async () => {
    const world = await createWorld();
    await world.submit(sampleSubmission());
    await ensureAccount(world.ports, ACCOUNT);
    expect(world.ports.queues.hiddenSeconds(world.pool)).toHaveLength(1);
  });
});

describe('a secret', () => {
  it('says by its prefix what it is', async () => {
    const world = await createWorld();
    const { secret } = await createPartnerKey(world.ports, { keyId: 'k', accountId: 'a', profile: 'link-peeler' });
    expect(secret.reveal()).toMatch(/^sk_[A-Za-z0-9_-]{43}$/);
    const input = { endpointId: 'e', accountId: 'a', url: 'https://e.com', profile: 'standard-webhooks' } as const;
    expect((await ensureEndpoint(world.ports, input)).secret.reveal()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });

  it('is never the same inbound and outbound, whatever the names', async () => {
    const world = await createWorld();
    const inbound = await createPartnerKey(world.ports, { keyId: 'same', accountId: 'a', profile: 'link-peeler' });
    const input = { endpointId: 'same', accountId: 'a', url: 'https://e.com', profile: 'standard-webhooks' } as const;
    const outbound = await ensureEndpoint(world.ports, input);
    const bytes = (text: string) => Buffer.from(text.replace(/^[a-z]+_/, ''), 'base64').toString('hex');
    expect(bytes(inbound.secret.reveal())).not.toBe(bytes(outbound.secret.reveal()));
  });
});

it('does not make an endpoint anew under another profile: its secret would change its form', async () => {
  const world = await createWorld();
  const input = { endpointId: 'e', accountId: 'a', url: 'https://e.com', profile: 'nitro' } as const;
  await ensureEndpoint(world.ports, input);
  const other = ensureEndpoint(world.ports, { ...input, profile: 'tolinku' });
  await expect(other).rejects.toThrow('The endpoint e is signed as nitro.');
});
