// Ensuring the demo's account and endpoints, and that ensuring them again changes nothing.
import { describe, expect, it } from 'vitest';
import { ensureAccount, ensureEndpoint } from '../../../lib/local/demo/ensure.ts';
import { ensurePartnerKey } from '../../../lib/local/demo/ensure-key.ts';
import { makeAccountId } from '../../../lib/relay/operator/accounts/accounts.ts';
import { ACCOUNT } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../support/relay/world.ts';

const INPUT = { accountId: 'fresh4fresh4fres', name: 'Fresh' };

describe('an account', () => {
  it('has defaults, and accepts jobs at once', async () => {
    const world = await createWorld();
    const account = await ensureAccount(world.ports, INPUT);
    expect(account).toEqual({
      ...INPUT,
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

  it('has a queue for each pool before it is visible', async () => {
    const world = await createWorld();
    const steps: string[] = [];
    const registry = {
      ...world.ports.registry,
      createQueue: async ({ pool }: { pool: string }) => void steps.push(`queue ${pool}`),
    };
    const accounts = { ...world.ports.accounts, create: async () => steps.push('account') > 0 };
    await ensureAccount({ ...world.ports, registry, accounts }, { ...INPUT, pools: ['default', 'second'] });
    expect(steps).toEqual(['queue default', 'queue second', 'account']);
  });

  it('keeps what an operator has changed, and becomes active, when it is ensured again', async () => {
    const world = await createWorld();
    const made = await ensureAccount(world.ports, INPUT);
    const changed = { ...made, pools: ['eu', 'default'], jobsPerMonth: 5, name: 'Renamed' } as const;
    await world.putAccount({ ...changed, state: 'suspended' });
    expect(await ensureAccount(world.ports, { ...INPUT, jobsPerMonth: 7 })).toEqual({
      ...changed,
      ...INPUT,
      jobsPerMonth: 7,
      state: 'active',
      stateSince: world.time.nowMs,
    });
  });

  it('overwrites no concurrent change, and neither do keys and endpoints', async () => {
    const { ports } = await createWorld();
    const never = async () => false;
    const late = {
      ...ports,
      accounts: { ...ports.accounts, create: never, change: never },
      keys: { ...ports.keys, create: never, change: never },
      endpoints: { ...ports.endpoints, create: never, change: never },
    };
    const { accountId } = INPUT;
    const inputs = [
      () => ensureAccount(late, INPUT),
      () => ensurePartnerKey(late, { keyId: 'k', accountId, profile: 'nitro' }),
      () => ensureEndpoint(late, { endpointId: 'e', accountId, url: 'https://e.com', profile: 'nitro' }),
    ];
    for (const input of inputs) await expect(input()).rejects.toThrow('changed by another process');
  });

  it('has an id of 16 base32 characters', () => {
    expect(makeAccountId((count) => Buffer.alloc(count, 0xff))).toBe('7777777777777777');
    expect(makeAccountId((count) => Buffer.alloc(count))).toMatch(/^[a-z2-7]{16}$/);
  });
});

describe('ensured again', () => {
  it('returns everything unchanged, secrets included', async () => {
    const world = await createWorld();
    const make = async () => {
      const account = await ensureAccount(world.ports, INPUT);
      const partner = await ensurePartnerKey(world.ports, {
        keyId: 'k',
        accountId: INPUT.accountId,
        profile: 'rfc9421',
      });
      const endpoint = await ensureEndpoint(world.ports, {
        endpointId: 'e',
        accountId: INPUT.accountId,
        url: 'https://e.com',
        profile: 'standard-webhooks',
      });
      return [account, partner.key, partner.secret.reveal(), endpoint.endpoint, endpoint.secret.reveal()];
    };
    expect(await make()).toEqual(await make());
    expect(await world.ports.directory.listEndpoints(INPUT.accountId)).toHaveLength(1);
  });

  it('keeps the messages of a queue', async () => {
    const world = await createWorld();
    await world.submit(sampleSubmission());
    await ensureAccount(world.ports, ACCOUNT);
    expect(world.ports.queues.hiddenSeconds(world.pool)).toHaveLength(1);
  });
});

describe('a secret', () => {
  it('has a prefix that says what it is', async () => {
    const world = await createWorld();
    const { secret } = await ensurePartnerKey(world.ports, { keyId: 'k', accountId: 'a', profile: 'link-peeler' });
    expect(secret.reveal()).toMatch(/^sk_[A-Za-z0-9_-]{43}$/);
    const input = { endpointId: 'e', accountId: 'a', url: 'https://e.com', profile: 'standard-webhooks' } as const;
    expect((await ensureEndpoint(world.ports, input)).secret.reveal()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });

  it('is never the same inbound and outbound, for any names', async () => {
    const world = await createWorld();
    const inbound = await ensurePartnerKey(world.ports, { keyId: 'same', accountId: 'a', profile: 'link-peeler' });
    const input = { endpointId: 'same', accountId: 'a', url: 'https://e.com', profile: 'standard-webhooks' } as const;
    const outbound = await ensureEndpoint(world.ports, input);
    const bytes = (text: string) => Buffer.from(text.replace(/^[a-z]+_/, ''), 'base64').toString('hex');
    expect(bytes(inbound.secret.reveal())).not.toBe(bytes(outbound.secret.reveal()));
  });
});

it('does not change an endpoint’s profile, because its secret would change its form', async () => {
  const world = await createWorld();
  const input = { endpointId: 'e', accountId: 'a', url: 'https://e.com', profile: 'nitro' } as const;
  await ensureEndpoint(world.ports, input);
  const other = ensureEndpoint(world.ports, { ...input, profile: 'tolinku' });
  await expect(other).rejects.toThrow('The endpoint e is signed as nitro.');
});
