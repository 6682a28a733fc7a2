// What every store of imported secrets must do: a name for one secret, found by its account, and gone when it is removed.
import { expect, it } from 'vitest';
import { Secret } from '../../../lib/protocol/secret.ts';
import type { SecretName } from '../../../lib/relay/model/key-ring.ts';
import type { ImportedSecretStore } from '../../../lib/relay/model/ports.ts';
import { unique } from '../../support/relay/samples.ts';

const DIGEST = 'd'.repeat(64);
const OTHER_DIGEST = 'e'.repeat(64);

export function describeImportedSecretsContract(makeStore: () => ImportedSecretStore): void {
  const place = (changes: Partial<SecretName> = {}): SecretName => ({
    direction: 'inbound',
    accountId: unique('account'),
    id: unique('key-'),
    version: 1,
    ...changes,
  });

  it('gives a secret back under the name that it gave', async () => {
    const name = await makeStore().create(place(), new Secret('brought along'), DIGEST);
    expect((await makeStore().read(name))?.reveal()).toBe('brought along');
  });

  it('makes the same twice without harm, under one name', async () => {
    const store = makeStore();
    const where = place();
    const names = [
      await store.create(where, new Secret('brought along'), DIGEST),
      await store.create(where, new Secret('brought along'), DIGEST),
    ];
    expect(new Set(names).size).toBe(1);
    expect((await makeStore().read(names[0] ?? ''))?.reveal()).toBe('brought along');
  });

  it('names another secret, version, id, account or direction otherwise', async () => {
    const store = makeStore();
    const where = place();
    const changes = [{}, { version: 2 }, { id: 'another' }, { accountId: unique('account') }];
    const places = [
      ...changes.map((change) => ({ ...where, ...change })),
      { ...where, direction: 'outbound' as const },
    ];
    const names = await Promise.all(places.map((each) => store.create(each, new Secret('one'), DIGEST)));
    names.push(await store.create(where, new Secret('another'), OTHER_DIGEST));
    expect(new Set(names).size).toBe(6);
  });

  it('finds nothing under a name that nobody gave', async () => {
    expect(await makeStore().read(unique('signet/test/imported/inbound/'))).toBeUndefined();
  });

  it('forgets what is removed, and removes it twice without harm', async () => {
    const store = makeStore();
    const where = place();
    const name = await store.create(where, new Secret('brought along'), DIGEST);
    for (let times = 0; times < 2; times += 1) await store.remove(name);
    expect(await makeStore().read(name)).toBeUndefined();
    expect(await store.create(where, new Secret('brought along'), DIGEST)).toBe(name);
  });

  it('lists those of an account, in both directions, and no other’s', async () => {
    const store = makeStore();
    const accountId = unique('account');
    const places = [place({ accountId }), place({ accountId, direction: 'outbound' }), place({ accountId })];
    const names = await Promise.all(places.map((each) => store.create(each, new Secret('one'), DIGEST)));
    await store.create(place({ accountId: `${accountId}0` }), new Secret('one'), DIGEST);
    await store.remove(names.pop() ?? '');
    expect((await store.list(accountId)).toSorted()).toEqual(names.toSorted());
  });
}
