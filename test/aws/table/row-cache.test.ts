// The row cache: it holds at most 1,000 existing rows, for a minute by the given clock.
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { createDirectory } from '../../../lib/aws/stores/dynamodb-directory.ts';
import { cacheRows } from '../../../lib/aws/table/row-cache.ts';
import { recordedDynamoDb } from '../../support/recorded-client.ts';
import { NOW, SECOND, sampleAccount, samplePartnerKey } from '../../support/relay/samples.ts';

function cached(rows: (id: string) => string | undefined) {
  const world = { nowMs: NOW, loads: [] as string[] };
  const load = async (id: string) => {
    world.loads.push(id);
    return rows(id);
  };
  return { world, find: cacheRows(load, { seconds: 60, clock: () => world.nowMs }) };
}

it('caches an existing row for 60 seconds', async () => {
  const { world, find } = cached((id) => `row ${id}`);
  for (const seconds of [0, 30, 59.999]) {
    world.nowMs = NOW + seconds * SECOND;
    expect(await find('a')).toBe('row a');
  }
  expect(world.loads).toEqual(['a']);
  world.nowMs = NOW + 60 * SECOND;
  await find('a');
  expect(world.loads).toEqual(['a', 'a']);
});

it('reads a row again, once, when the cached one is older than the caller allows', async () => {
  const { world, find } = cached((id) => `row ${id}`);
  await find('a');
  world.nowMs = NOW + 10 * SECOND;
  await find('a', NOW);
  expect(world.loads).toEqual(['a']);
  await find('a', NOW + 1);
  await find('a', NOW + 10 * SECOND);
  expect(world.loads).toEqual(['a', 'a']);
});

it('does not cache a miss, so that a new key is found at once', async () => {
  const found = new Set<string>();
  const { world, find } = cached((id) => (found.has(id) ? 'row' : undefined));
  expect(await find('a')).toBeUndefined();
  found.add('a');
  expect(await find('a')).toBe('row');
  expect(world.loads).toEqual(['a', 'a']);
});

it('does not cache a failure', async () => {
  let fails = true;
  const find = cacheRows(
    async () => {
      if (fails) throw new Error('no');
      return 'row';
    },
    { seconds: 60, clock: () => NOW },
  );
  await expect(find('a')).rejects.toThrow('no');
  fails = false;
  expect(await find('a')).toBe('row');
});

it('caches at most 1,000 rows and evicts the oldest', async () => {
  const { world, find } = cached((id) => `row ${id}`);
  for (let id = 0; id <= 1_000; id += 1) await find(String(id));
  world.loads.length = 0;
  await find('1');
  await find('1000');
  expect(world.loads).toEqual([]);
  await find('0');
  expect(world.loads).toEqual(['0']);
});

it('caches nothing for unknown ids, so that guessing ids evicts no row', async () => {
  const { world, find } = cached((id) => (id === 'mine' ? 'row' : undefined));
  await find('mine');
  for (let id = 0; id < 2_000; id += 1) await find(String(id));
  world.loads.length = 0;
  await find('mine');
  expect(world.loads).toEqual([]);
});

it('serves the directory’s keys and accounts, each kind from its own cache', async () => {
  const { dynamoDb, table } = recordedDynamoDb();
  const [key, account] = [samplePartnerKey({ keyId: 'same' }), sampleAccount({ accountId: 'same' })];
  dynamoDb.on(GetItemCommand, { Key: marshall({ pk: 'KEY#same', sk: 'KEY' }) }).resolves({ Item: marshall(key) });
  dynamoDb
    .on(GetItemCommand, { Key: marshall({ pk: 'ACCOUNT#same', sk: 'ACCOUNT' }) })
    .resolves({ Item: marshall(account) });
  let nowMs = NOW;
  const directory = createDirectory(table, () => nowMs);
  for (const seconds of [0, 59]) {
    nowMs = NOW + seconds * SECOND;
    expect(await directory.findKey('same')).toEqual(key);
    expect(await directory.findAccount('same')).toEqual(account);
  }
  expect(dynamoDb.calls()).toHaveLength(2);
  nowMs = NOW + 60 * SECOND;
  await directory.findKey('same');
  expect(dynamoDb.calls()).toHaveLength(3);
});

it('returns the same object for an unchanged row, and a new one for a changed row', async () => {
  const world = { nowMs: NOW, row: { a: 1 } };
  const find = cacheRows(async () => ({ ...world.row }), { seconds: 60, clock: () => world.nowMs });
  const first = await find('a');
  world.nowMs += 1;
  expect(await find('a', world.nowMs)).toBe(first);
  world.row = { a: 2 };
  world.nowMs += 1;
  expect(await find('a', world.nowMs)).toEqual({ a: 2 });
});
