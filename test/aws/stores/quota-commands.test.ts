// The commands of the quota ledger: one conditional update per take, and a second one only after a wrong guess.
import { ConditionalCheckFailedException, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { createQuotaLedger } from '../../../lib/aws/stores/dynamodb-quota.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { readableCommandsOf } from '../../support/readable-commands.ts';
import { recordedDynamoDb, TABLE_NAME } from '../../support/recorded-client.ts';
import { MINUTE, NOW, sampleWarning } from '../../support/relay/samples.ts';

const LIMITS = { jobsPerMonth: 10, jobsPerMinute: 5 };
const KEY = marshall({ pk: 'ACCOUNT#acme', sk: 'QUOTA#2026-11' });
const EXPIRES_AT = Date.parse('2027-01-02T00:00:00Z') / 1000;
const THIS_MINUTE = '2026-11-22T12:00';
const NEXT_MINUTE = '2026-11-22T12:01';

type Row = {
  readonly minute: string;
  readonly used: number;
  readonly usedInMinute: number;
  readonly warnedAt?: number;
};

/** Returns a ledger on a table that answers the updates in turn. An update succeeds, or finds another row. */
function ledgerOf(...turns: readonly { readonly done: boolean; readonly row: Row }[]) {
  const { dynamoDb, table } = recordedDynamoDb();
  const left = [...turns];
  dynamoDb.on(UpdateItemCommand).callsFake(() => {
    const turn = left.length > 1 ? left.shift() : left[0];
    if (turn?.done) return { Attributes: marshall(turn.row) };
    throw new ConditionalCheckFailedException({ $metadata: {}, message: 'no', Item: turn && marshall(turn.row) });
  });
  dynamoDb.on(GetItemCommand).resolves({});
  return { ledger: createQuotaLedger(table), sent: () => readableCommandsOf(dynamoDb) };
}

const row = (minute: string, used: number, usedInMinute = used): Row => ({ minute, used, usedInMinute });

it('starts a minute with one update, unless the row already counts it or the month has too few units left', async () => {
  const { ledger, sent } = ledgerOf({ done: true, row: row(THIS_MINUTE, 3) });
  await ledger.take('acme', 3, LIMITS, NOW);
  expect(sent()).toEqual([
    [
      'UpdateItemCommand',
      {
        TableName: TABLE_NAME,
        Key: KEY,
        UpdateExpression: `SET expiresAt = ${EXPIRES_AT}, minute = "${THIS_MINUTE}", usedInMinute = 3 ADD used 3`,
        ConditionExpression:
          `(attribute_not_exists(minute) OR minute < "${THIS_MINUTE}")` +
          ' AND (attribute_not_exists(used) OR used <= 7)',
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ],
  ]);
});

it('adds to a minute that it has seen with one update, if both windows have enough left', async () => {
  const { ledger, sent } = ledgerOf({ done: true, row: row(THIS_MINUTE, 1) });
  await ledger.take('acme', 1, LIMITS, NOW);
  await ledger.take('acme', 2, LIMITS, NOW);
  expect(sent()).toHaveLength(2);
  expect(sent()[1]?.[1]).toMatchObject({
    Key: KEY,
    UpdateExpression: `SET expiresAt = ${EXPIRES_AT} ADD used 2, usedInMinute 2`,
    ConditionExpression: `minute = "${THIS_MINUTE}" AND usedInMinute <= 3 AND (attribute_not_exists(used) OR used <= 8)`,
  });
});

it('needs one update per take when no other process writes, even when minutes pass between takes', async () => {
  const { ledger, sent } = ledgerOf(
    { done: true, row: row(THIS_MINUTE, 1) },
    { done: true, row: row(NEXT_MINUTE, 2, 1) },
    { done: true, row: row(NEXT_MINUTE, 3, 2) },
  );
  for (const nowMs of [NOW, NOW + MINUTE, NOW + MINUTE]) await ledger.take('acme', 1, LIMITS, nowMs);
  const begun = sent().map(([, input]) => String(input['UpdateExpression']).includes('minute ='));
  expect(begun).toEqual([true, true, false]);
});

it('needs a second update only when another process has started the minute', async () => {
  const { ledger, sent } = ledgerOf(
    { done: false, row: row(THIS_MINUTE, 3) },
    { done: true, row: row(THIS_MINUTE, 4) },
  );
  expect(await ledger.take('acme', 1, LIMITS, NOW)).toEqual({ taken: true, used: { month: 4, minute: 4 } });
  expect(sent()).toHaveLength(2);
});

it('accepts the first refusal when the row shows that a window is full', async () => {
  for (const full of [row(THIS_MINUTE, 5), row('2026-11-22T11:59', 10, 1)]) {
    const { ledger, sent } = ledgerOf({ done: false, row: full });
    expect(await ledger.take('acme', 1, LIMITS, NOW)).toMatchObject({ taken: false, used: { month: full.used } });
    expect(sent()).toHaveLength(1);
  }
});

it('takes all units with one update when they fit', async () => {
  const { ledger, sent } = ledgerOf({ done: true, row: row(THIS_MINUTE, 5) });
  expect(await ledger.takeUpTo('acme', 5, LIMITS, NOW)).toEqual({ taken: 5, used: { month: 5, minute: 5 } });
  expect(sent()).toHaveLength(1);
});

it('retries with the units that a refusal shows to be left of both windows, until none are left', async () => {
  const { ledger, sent } = ledgerOf(
    { done: false, row: row(THIS_MINUTE, 6, 1) },
    { done: false, row: row(THIS_MINUTE, 8, 3) },
    { done: true, row: row(THIS_MINUTE, 10, 5) },
    { done: false, row: row(THIS_MINUTE, 10, 5) },
  );
  const used = { month: 10, minute: 5 };
  expect(await ledger.takeUpTo('acme', 100, LIMITS, NOW)).toEqual({ taken: 2, used });
  const units = sent().map(([, input]) => Number(/ADD used (\d+)/.exec(String(input['UpdateExpression']))?.[1]));
  expect(units).toEqual([5, 4, 2]);
  expect(await ledger.takeUpTo('acme', 3, LIMITS, NOW)).toEqual({ taken: 0, used });
  expect(sent()).toHaveLength(4);
});

it('reads and writes nothing when it can never take that many units', async () => {
  const { ledger, sent } = ledgerOf();
  expect(await ledger.take('acme', 6, LIMITS, NOW)).toEqual({ taken: false, used: { month: 0, minute: 0 } });
  expect(sent().map(([name]) => name)).toEqual(['GetItemCommand']);
});

it('reads consistently, so that a partner sees the units of the submission that was just answered', async () => {
  const { ledger, sent } = ledgerOf();
  await ledger.read('acme', NOW);
  expect(sent()).toEqual([['GetItemCommand', { TableName: TABLE_NAME, Key: KEY, ConsistentRead: true }]]);
});

it('throws a retryable failure when the row keeps changing', async () => {
  const { ledger, sent } = ledgerOf({ done: false, row: row(THIS_MINUTE, 1) });
  await expect(ledger.take('acme', 1, LIMITS, NOW)).rejects.toThrow(DependencyUnavailable);
  expect(sent()).toHaveLength(5);
});

it('refunds month and minute with one update, or only the month with a second one', async () => {
  const { ledger, sent } = ledgerOf({ done: false, row: row(NEXT_MINUTE, 2, 1) });
  await ledger.refund('acme', '2026-11', 1, THIS_MINUTE);
  expect(sent().map(([, input]) => [input['UpdateExpression'], input['ConditionExpression']])).toEqual([
    ['ADD used -1, usedInMinute -1', `minute = "${THIS_MINUTE}" AND usedInMinute >= 1 AND used >= 1`],
    ['ADD used -1', 'used >= 1'],
  ]);
});

it('writes a month’s warning once, with the kind by which the stream’s filter recognizes the row', async () => {
  const { ledger, sent } = ledgerOf(
    { done: true, row: row(THIS_MINUTE, 8) },
    { done: false, row: { ...row(THIS_MINUTE, 9), warnedAt: NOW } },
  );
  const warning = sampleWarning({ accountId: 'acme', used: 8, limit: 10 });
  expect([await ledger.recordWarning(warning), await ledger.recordWarning(warning)]).toEqual([true, false]);
  expect(sent()).toHaveLength(2);
  expect(sent()[0]).toEqual([
    'UpdateItemCommand',
    {
      TableName: TABLE_NAME,
      Key: KEY,
      UpdateExpression: `SET kind = "quota", warnedAt = ${NOW}, warnedUsed = 8, warnedLimit = 10`,
      ConditionExpression: 'attribute_not_exists(warnedAt)',
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  ]);
});

it('returns with each take, without another command, whether the month has a warning', async () => {
  const warned = { ...row(THIS_MINUTE, 9), warnedAt: NOW };
  const { ledger, sent } = ledgerOf({ done: true, row: warned }, { done: false, row: { ...warned, used: 10 } });
  expect(await ledger.take('acme', 1, LIMITS, NOW)).toMatchObject({ taken: true, warnedAt: NOW });
  expect(await ledger.takeUpTo('acme', 1, LIMITS, NOW)).toMatchObject({ taken: 0, warnedAt: NOW });
  expect(sent()).toHaveLength(2);
});

it('finds a warning with one consistent read', async () => {
  const { ledger, sent } = ledgerOf();
  expect(await ledger.findWarning('acme', '2026-11')).toBeUndefined();
  expect(sent()).toEqual([['GetItemCommand', { TableName: TABLE_NAME, Key: KEY, ConsistentRead: true }]]);
});
