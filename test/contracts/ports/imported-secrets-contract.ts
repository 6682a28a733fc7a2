// The contract of stores of imported secrets: each name holds one secret, an account can list its names, and a removal is final.
import { expect, it } from 'vitest';
import { Secret } from '../../../lib/protocol/secret.ts';
import type { SecretName } from '../../../lib/relay/model/key-ring.ts';
import type { ImportedSecretStore } from '../../../lib/relay/model/ports.ts';
import { unique } from '../../support/relay/samples.ts';

const DIGEST = 'd'.repeat(64);
const OTHER_DIGEST = 'e'.repeat(64);

/** Describes the tests that every store of imported secrets must pass. */
export function describeImportedSecretsContract(makeStore: () => ImportedSecretStore): void {
  const sampleName = (changes: Partial<SecretName> = {}): SecretName => ({
    direction: 'inbound',
    accountId: unique('account'),
    id: unique('key-'),
    version: 1,
    ...changes,
  });

  it('returns a secret under the name that it was created with', async () => {
    const name = await makeStore().create(sampleName(), new Secret('imported text'), DIGEST);
    expect((await makeStore().read(name))?.reveal()).toBe('imported text');
  });

  it('returns the same name when the same secret is created twice', async () => {
    const store = makeStore();
    const secretName = sampleName();
    const names = [
      await store.create(secretName, new Secret('imported text'), DIGEST),
      await store.create(secretName, new Secret('imported text'), DIGEST),
    ];
    expect(new Set(names).size).toBe(1);
    expect((await makeStore().read(names[0] ?? ''))?.reveal()).toBe('imported text');
  });

  it('returns different names for another secret, version, id, account or direction', async () => {
    const store = makeStore();
    const secretName = sampleName();
    const changes = [{}, { version: 2 }, { id: 'another' }, { accountId: unique('account') }];
    const secretNames = [
      ...changes.map((change) => ({ ...secretName, ...change })),
      { ...secretName, direction: 'outbound' as const },
    ];
    const names = await Promise.all(secretNames.map((each) => store.create(each, new Secret('one'), DIGEST)));
    names.push(await store.create(secretName, new Secret('another'), OTHER_DIGEST));
    expect(new Set(names).size).toBe(6);
  });

  it('finds nothing under an unused name', async () => {
    expect(await makeStore().read(unique('signet/test/imported/inbound/'))).toBeUndefined();
  });

  it('removes a secret, accepts a second removal, and can create it again', async () => {
    const store = makeStore();
    const secretName = sampleName();
    const name = await store.create(secretName, new Secret('imported text'), DIGEST);
    for (let times = 0; times < 2; times += 1) await store.remove(name);
    expect(await makeStore().read(name)).toBeUndefined();
    expect(await store.create(secretName, new Secret('imported text'), DIGEST)).toBe(name);
  });

  it('lists the names of an account in both directions, and none of another account', async () => {
    const store = makeStore();
    const accountId = unique('account');
    const secretNames = [
      sampleName({ accountId }),
      sampleName({ accountId, direction: 'outbound' }),
      sampleName({ accountId }),
    ];
    const names = await Promise.all(secretNames.map((each) => store.create(each, new Secret('one'), DIGEST)));
    await store.create(sampleName({ accountId: `${accountId}0` }), new Secret('one'), DIGEST);
    await store.remove(names.pop() ?? '');
    expect((await store.list(accountId)).toSorted()).toEqual(names.toSorted());
  });
}
