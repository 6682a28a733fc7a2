// The commands of the quota ledger: one update a take, under named clauses; a second one only after a wrong guess.
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { createQuotaLedger } from '../../../lib/aws/stores/dynamodb-quota.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { commandsOf, recordedDynamoDb, TABLE_NAME } from '../../support/recorded-client.ts';
import { MINUTE, NOW, sampleWarning } from '../../support/relay/samples.ts';

const LIMITS = { jobsPerMonth: 10, jobsPerMinute: 5 };
const KEY = marshall({ pk: 'ACCOUNT#acme', sk: 'QUOTA#2026-11' });
const EXPIRES_AT = Date.parse('2027-01-02T00:00:00Z') / 1000;
const THIS_MINUTE = '2026-11-22T12:00';
const NEXT_MINUTE = '2026-11-22T12:01';

type Values = Record<string, AttributeValue>;
type Row = {
  readonly minute: string;
  readonly used: number;
  readonly usedInMinute: number;
  readonly warnedAt?: number;
};

/** A ledger over a table that answers each update in turn: it takes effect, or something else stands there. */
function ledgerOf(...turns: readonly { readonly done: boolean; readonly row: Row }[]) {
  const { dynamoDb, table } = recordedDynamoDb();
  const left = [...turns];
  dynamoDb.on(UpdateItemCommand).callsFake(() => {
    const turn = left.length > 1 ? left.shift() : left[0];
    if (turn?.done) return { Attributes: marshall(turn.row) };
    throw new ConditionalCheckFailedException({ $metadata: {}, message: 'no', Item: turn && marshall(turn.row) });
  });
  dynamoDb.on(GetItemCommand).resolves({});
  return { ledger: createQuotaLedger(table), sent: () => commandsOf(dynamoDb) };
}

const row = (minute: string, used: number, usedInMinute = used): Row => ({ minute, used, usedInMinute });

it('begins a minute with one update, unless the row counts it already or the month has too little left', async () => {
  const { ledger, sent } = ledgerOf({ done: true, row: row(THIS_MINUTE, 3) });
  await ledger.take('acme', 3, LIMITS, NOW);
  expect(sent()).toEqual([
    [
      'UpdateItemCommand',
      {
        TableName: TABLE_NAME,
        Key: KEY,
        UpdateExpression: 'SET #expiresAt = :v0, #minute = :v1, #usedInMinute = :v2 ADD #used :v3',
        ConditionExpression:
          '((attribute_not_exists(#minute)) OR (#minute < :v4)) AND ((attribute_not_exists(#used)) OR (#used <= :v5))',
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ExpressionAttributeNames: {
          '#expiresAt': 'expiresAt',
          '#minute': 'minute',
          '#usedInMinute': 'usedInMinute',
          '#used': 'used',
        },
        ExpressionAttributeValues: marshall({
          ':v0': EXPIRES_AT,
          ':v1': THIS_MINUTE,
          ':v2': 3,
          ':v3': 3,
          ':v4': THIS_MINUTE,
          ':v5': 7,
        }),
      },
    ],
  ]);
});

it('goes on in the minute it saw with one update, under what may be used of both windows', async () => {
  const { ledger, sent } = ledgerOf({ done: true, row: row(THIS_MINUTE, 1) });
  await ledger.take('acme', 1, LIMITS, NOW);
  await ledger.take('acme', 2, LIMITS, NOW);
  expect(sent()).toHaveLength(2);
  expect(sent()[1]?.[1]).toMatchObject({
    Key: KEY,
    UpdateExpression: 'SET #expiresAt = :v0 ADD #used :v1, #usedInMinute :v2',
    ConditionExpression:
      '(#minute = :v3) AND (#usedInMinute <= :v4) AND ((attribute_not_exists(#used)) OR (#used <= :v5))',
    ExpressionAttributeValues: marshall({
      ':v0': EXPIRES_AT,
      ':v1': 2,
      ':v2': 2,
      ':v3': THIS_MINUTE,
      ':v4': 3,
      ':v5': 8,
    }),
  });
});

it('needs one update for each take of a process that is alone, also when minutes pass between them', async () => {
  const { ledger, sent } = ledgerOf(
    { done: true, row: row(THIS_MINUTE, 1) },
    { done: true, row: row(NEXT_MINUTE, 2, 1) },
    { done: true, row: row(NEXT_MINUTE, 3, 2) },
  );
  for (const nowMs of [NOW, NOW + MINUTE, NOW + MINUTE]) await ledger.take('acme', 1, LIMITS, nowMs);
  const begun = sent().map(([, input]) => String(input['UpdateExpression']).includes('#minute ='));
  expect(begun).toEqual([true, true, false]);
});

it('needs a second update only where another process began the minute', async () => {
  const { ledger, sent } = ledgerOf(
    { done: false, row: row(THIS_MINUTE, 3) },
    { done: true, row: row(THIS_MINUTE, 4) },
  );
  expect(await ledger.take('acme', 1, LIMITS, NOW)).toEqual({ taken: true, used: { month: 4, minute: 4 } });
  expect(sent()).toHaveLength(2);
});

it('takes the first refusal for an answer where the row shows that a window is full', async () => {
  for (const full of [row(THIS_MINUTE, 5), row('2026-11-22T11:59', 10, 1)]) {
    const { ledger, sent } = ledgerOf({ done: false, row: full });
    expect(await ledger.take('acme', 1, LIMITS, NOW)).toMatchObject({ taken: false, used: { month: full.used } });
    expect(sent()).toHaveLength(1);
  }
});

it('takes as many as are left with one update where all fit', async () => {
  const { ledger, sent } = ledgerOf({ done: true, row: row(THIS_MINUTE, 5) });
  expect(await ledger.takeUpTo('acme', 5, LIMITS, NOW)).toEqual({ taken: 5, used: { month: 5, minute: 5 } });
  expect(sent()).toHaveLength(1);
});

it('asks again for what a refusal shows to be left of both windows, until there is nothing', async () => {
  const { ledger, sent } = ledgerOf(
    { done: false, row: row(THIS_MINUTE, 6, 1) },
    { done: false, row: row(THIS_MINUTE, 8, 3) },
    { done: true, row: row(THIS_MINUTE, 10, 5) },
    { done: false, row: row(THIS_MINUTE, 10, 5) },
  );
  const used = { month: 10, minute: 5 };
  expect(await ledger.takeUpTo('acme', 100, LIMITS, NOW)).toEqual({ taken: 2, used });
  const units = sent().map(([, input]) => {
    const { ':v1': first, ':v2': second } = unmarshall(input['ExpressionAttributeValues'] as Values);
    // A new minute is named before its units.
    return typeof first === 'number' ? first : second;
  });
  expect(units).toEqual([5, 4, 2]);
  expect(await ledger.takeUpTo('acme', 3, LIMITS, NOW)).toEqual({ taken: 0, used });
  expect(sent()).toHaveLength(4);
});

it('reads, and writes nothing, when more is wanted than a whole limit', async () => {
  const { ledger, sent } = ledgerOf();
  expect(await ledger.take('acme', 6, LIMITS, NOW)).toEqual({ taken: false, used: { month: 0, minute: 0 } });
  expect(sent().map(([name]) => name)).toEqual(['GetItemCommand']);
});

it('reads consistently: a partner sees the submission that was just answered', async () => {
  const { ledger, sent } = ledgerOf();
  await ledger.read('acme', NOW);
  expect(sent()).toEqual([['GetItemCommand', { TableName: TABLE_NAME, Key: KEY, ConsistentRead: true }]]);
});

it('gives up, retryable, where the row never stands still', async () => {
  const { ledger, sent } = ledgerOf({ done: false, row: row(THIS_MINUTE, 1) });
  await expect(ledger.take('acme', 1, LIMITS, NOW)).rejects.toThrow(DependencyUnavailable);
  expect(sent()).toHaveLength(5);
});

it('gives back to month and minute with one update, and to the month alone with a second', async () => {
  const { ledger, sent } = ledgerOf({ done: false, row: row(NEXT_MINUTE, 2, 1) });
  await ledger.refund('acme', '2026-11', 1, THIS_MINUTE);
  expect(sent().map(([, input]) => [input['UpdateExpression'], input['ConditionExpression']])).toEqual([
    ['ADD #used :v0, #usedInMinute :v1', '(#minute = :v2) AND (#usedInMinute >= :v3) AND (#used >= :v4)'],
    ['ADD #used :v0', '(#used >= :v1)'],
  ]);
});

it('writes a month’s warning with one update, unless there is one, and marks the row for the stream with it', async () => {
  const { ledger, sent } = ledgerOf(
    { done: true, row: row(THIS_MINUTE, 8) },
    { done: false, row: { ...row(THIS_MINUTE, 9), warnedAt: NOW } },
  );
  const warning = sampleWarning({ accountId: 'acme', used: 8, limit: 10 });
  expect([await ledger.warn(warning), await ledger.warn(warning)]).toEqual([true, false]);
  expect(sent()).toHaveLength(2);
  expect(sent()[0]).toEqual([
    'UpdateItemCommand',
    {
      TableName: TABLE_NAME,
      Key: KEY,
      UpdateExpression: 'SET #kind = :v0, #warnedAt = :v1, #warnedUsed = :v2, #warnedLimit = :v3',
      ConditionExpression: 'attribute_not_exists(#warnedAt)',
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ExpressionAttributeNames: {
        '#kind': 'kind',
        '#warnedAt': 'warnedAt',
        '#warnedUsed': 'warnedUsed',
        '#warnedLimit': 'warnedLimit',
      },
      ExpressionAttributeValues: marshall({ ':v0': 'quota', ':v1': NOW, ':v2': 8, ':v3': 10 }),
    },
  ]);
});

it('tells with the take itself, and no further command, that the month was warned of', async () => {
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
