// What every directory and registry must do: give back what the operator wrote, whole.
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
  /** Sees at once what the registry wrote: each call gives one that has read nothing yet. */
  freshDirectory(): Directory;
}

export function describeDirectoryContract(makePorts: () => DirectoryPorts): void {
  it('gives accounts, keys and endpoints back as they were put', async () => {
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
    ['a secret that may delete unbound', () => samplePartnerKey({ profile: 'vouchersx', allowUnboundDelete: true })],
    ['a secret that may not', () => samplePartnerKey({ profile: 'nitro', allowUnboundDelete: false })],
    ['a public key', () => samplePartnerPublicKey()],
    ['a public key with a permission', () => samplePartnerPublicKey({ allowUnboundDelete: true })],
  ])('gives a partner’s key back that is %s', async (_what, makeKey) => {
    const { registry, freshDirectory } = makePorts();
    const key = makeKey();
    await registry.putKey(key);
    expect(await freshDirectory().findKey(key.keyId)).toEqual(key);
  });

  it('takes what is undefined for what is not there', async () => {
    const { registry, freshDirectory } = makePorts();
    const { keyId, ...rest } = samplePartnerKey();
    await registry.putKey({ keyId, ...rest, allowUnboundDelete: undefined });
    expect(await freshDirectory().findKey(keyId)).toEqual({ keyId, ...rest });
  });

  it('gives an endpoint back with the name by which its consumer knows us, found or listed', async () => {
    const { registry, freshDirectory } = makePorts();
    const endpoint = sampleEndpoint({ accountId: unique('account'), profile: 'vouchersx', keyId: 'acme-vouchers' });
    const { accountId, endpointId } = endpoint;
    await registry.putEndpoint(endpoint);
    expect(await freshDirectory().findEndpoint(accountId, endpointId)).toEqual(endpoint);
    expect(await freshDirectory().listEndpoints(accountId)).toEqual([endpoint]);
  });

  it('gives the later of two keys of one id, whole: nothing of the earlier shows through', async () => {
    const { registry, freshDirectory } = makePorts();
    const earlier = samplePartnerKey({ profile: 'rfc9421', allowUnboundDelete: true });
    const later = samplePartnerPublicKey({ keyId: earlier.keyId });
    for (const key of [earlier, later]) await registry.putKey(key);
    expect(await freshDirectory().findKey(later.keyId)).toEqual(later);
  });

  it('finds nothing under names that nobody has', async () => {
    const directory = makePorts().freshDirectory();
    expect(await directory.findKey('nobody')).toBeUndefined();
    expect(await directory.findAccount('nobody')).toBeUndefined();
    expect(await directory.findEndpoint('nobody', 'nothing')).toBeUndefined();
    expect(await directory.listEndpoints('nobody')).toEqual([]);
  });

  it('finds an endpoint in its own account only', async () => {
    const { registry, freshDirectory } = makePorts();
    const endpoint = sampleEndpoint({ accountId: unique('account') });
    await registry.putEndpoint(endpoint);
    expect(await freshDirectory().findEndpoint(unique('account'), endpoint.endpointId)).toBeUndefined();
  });

  it('lists an account’s endpoints, and neither its keys, its quota nor another’s', async () => {
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

  it('lists every account once, however often it was put', async () => {
    const { registry, freshDirectory } = makePorts();
    const [one, other] = [sampleAccount(), sampleAccount({ state: 'suspended' })];
    for (const account of [one, other, one]) await registry.putAccount(account);
    const listed = (await freshDirectory().listAccounts()).filter(({ accountId }) =>
      [one.accountId, other.accountId].includes(accountId),
    );
    expect(listed).toHaveLength(2);
    expect(listed).toEqual(expect.arrayContaining([one, other]));
  });

  it('gives the later of two rows of one name', async () => {
    const { registry, freshDirectory } = makePorts();
    const account = sampleAccount();
    await registry.putAccount(account);
    await registry.putAccount({ ...account, state: 'suspended' });
    expect((await freshDirectory().findAccount(account.accountId))?.state).toBe('suspended');
  });

  it('makes a queue twice without harm', async () => {
    const { registry } = makePorts();
    const pool = { accountId: unique('account'), pool: 'default' };
    await registry.createQueue(pool);
    await registry.createQueue(pool);
  });
}
