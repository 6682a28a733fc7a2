// The contract of directories and registries: a directory returns exactly what the registry wrote.
import { expect, it } from 'vitest';
import type { Directory } from '../../../lib/relay/model/ports.ts';
import type { Registry } from '../../../lib/relay/operator/operator-ports.ts';
import {
  sampleAccount,
  sampleAgentKey,
  sampleEndpoint,
  samplePartnerKey,
  samplePartnerPublicKey,
  unique,
} from '../../support/relay/samples.ts';
import type { RowPutter } from '../../support/services/put-rows.ts';

export interface DirectoryPorts {
  readonly registry: Registry & RowPutter;
  /** Returns a new directory with empty caches, which sees at once what the registry wrote. */
  freshDirectory(): Directory;
}

/** Describes the tests that every directory and registry must pass. */
export function describeDirectoryContract(makePorts: () => DirectoryPorts): void {
  it('returns accounts, keys and endpoints as they were put', async () => {
    const { registry, freshDirectory } = makePorts();
    const account = sampleAccount();
    const partner = samplePartnerKey({
      versions: [
        { version: 2, master: 1 },
        { version: 1, master: 1, endsAt: 5 },
      ] as const,
    });
    const agent = sampleAgentKey();
    const endpoint = sampleEndpoint();
    await registry.putAccount(account);
    await registry.putKey(partner);
    await registry.putKey(agent);
    await registry.putEndpoint(endpoint);
    const directory = freshDirectory();
    expect(await directory.findAccount(account.accountId)).toEqual(account);
    expect(await directory.findKey(partner.keyId)).toEqual(partner);
    expect(await directory.findKey(agent.keyId)).toEqual(agent);
    expect(await directory.findEndpoint(endpoint.accountId, endpoint.endpointId)).toEqual(endpoint);
  });

  it.each([
    [
      'a secret that allows an unbound DELETE',
      () => samplePartnerKey({ profile: 'vouchersx', allowUnboundDelete: true }),
    ],
    ['a secret that forbids it', () => samplePartnerKey({ profile: 'nitro', allowUnboundDelete: false })],
    ['a public key', () => samplePartnerPublicKey()],
    ['a public key that allows it', () => samplePartnerPublicKey({ allowUnboundDelete: true })],
  ])('returns a partner’s key with %s', async (_what, makeKey) => {
    const { registry, freshDirectory } = makePorts();
    const key = makeKey();
    await registry.putKey(key);
    expect(await freshDirectory().findKey(key.keyId)).toEqual(key);
  });

  it('treats an undefined field as absent', async () => {
    const { registry, freshDirectory } = makePorts();
    const { keyId, ...rest } = samplePartnerKey();
    await registry.putKey({ keyId, ...rest, allowUnboundDelete: undefined });
    expect(await freshDirectory().findKey(keyId)).toEqual({ keyId, ...rest });
  });

  it('returns an endpoint with its key id, found or listed', async () => {
    const { registry, freshDirectory } = makePorts();
    const endpoint = sampleEndpoint({ accountId: unique('account'), profile: 'vouchersx', keyId: 'acme-vouchers' });
    const { accountId, endpointId } = endpoint;
    await registry.putEndpoint(endpoint);
    expect(await freshDirectory().findEndpoint(accountId, endpointId)).toEqual(endpoint);
    expect(await freshDirectory().listEndpoints(accountId)).toEqual([endpoint]);
  });

  it('returns only the fields of the later of two keys with one id', async () => {
    const { registry, freshDirectory } = makePorts();
    const earlier = samplePartnerKey({ profile: 'rfc9421', allowUnboundDelete: true });
    const later = samplePartnerPublicKey({ keyId: earlier.keyId });
    for (const key of [earlier, later]) await registry.putKey(key);
    expect(await freshDirectory().findKey(later.keyId)).toEqual(later);
  });

  it('finds nothing under unused ids', async () => {
    const directory = makePorts().freshDirectory();
    expect(await directory.findKey('nobody')).toBeUndefined();
    expect(await directory.findAccount('nobody')).toBeUndefined();
    expect(await directory.findEndpoint('nobody', 'nothing')).toBeUndefined();
    expect(await directory.listEndpoints('nobody')).toEqual([]);
  });

  it('finds an endpoint only in its own account', async () => {
    const { registry, freshDirectory } = makePorts();
    const endpoint = sampleEndpoint({ accountId: unique('account') });
    await registry.putEndpoint(endpoint);
    expect(await freshDirectory().findEndpoint(unique('account'), endpoint.endpointId)).toBeUndefined();
  });

  it('lists the endpoints of an account, and neither its other rows nor another account’s endpoints', async () => {
    const { registry, freshDirectory } = makePorts();
    const account = sampleAccount();
    const { accountId } = account;
    const own = [sampleEndpoint({ accountId }), sampleEndpoint({ accountId, state: 'disabled' })];
    await registry.putAccount(account);
    for (const endpoint of [...own, sampleEndpoint({ accountId: `${account.accountId}0` })])
      await registry.putEndpoint(endpoint);
    const listed = await freshDirectory().listEndpoints(account.accountId);
    expect(listed).toHaveLength(2);
    expect(listed).toEqual(expect.arrayContaining(own));
  });

  it('lists every account once, even if it was put twice', async () => {
    const { registry, freshDirectory } = makePorts();
    const [first, second] = [sampleAccount(), sampleAccount({ state: 'suspended' })];
    for (const account of [first, second, first]) await registry.putAccount(account);
    const listed = (await freshDirectory().listAccounts()).filter(({ accountId }) =>
      [first.accountId, second.accountId].includes(accountId),
    );
    expect(listed).toHaveLength(2);
    expect(listed).toEqual(expect.arrayContaining([first, second]));
  });

  it('returns the later of two rows with one id', async () => {
    const { registry, freshDirectory } = makePorts();
    const account = sampleAccount();
    await registry.putAccount(account);
    await registry.putAccount({ ...account, state: 'suspended' });
    expect((await freshDirectory().findAccount(account.accountId))?.state).toBe('suspended');
  });

  it('accepts that a queue is created twice', async () => {
    const { registry } = makePorts();
    const pool = { accountId: unique('account'), pool: 'default' };
    await registry.createQueue(pool);
    await registry.createQueue(pool);
  });
}
