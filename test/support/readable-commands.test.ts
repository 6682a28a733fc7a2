// Readable expressions: what they keep of an expression, and what they refuse as DynamoDB does.
import { PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { readableCommandsOf, readableExpression } from './readable-commands.ts';
import { recordedDynamoDb } from './recorded-client.ts';

it.each([
  ['#n0', ':v0'],
  ['#pk', ':first'],
  ['#n17', ':v8'],
])('reads the same with placeholders %s and %s', (name, value) => {
  const expression = `attribute_not_exists(${name}) OR (${name} < ${value})`;
  expect(readableExpression(expression, { [name]: 'pk' }, { [value]: 7 })).toBe('attribute_not_exists(pk) OR pk < 7');
});

it('drops parentheses around single clauses, and keeps those that group', () => {
  const expression = '(#a = :x) AND ((begins_with(#b, :y)) OR ((#a < :x) AND (attribute_exists(#b))))';
  expect(readableExpression(expression, { '#a': 'a', '#b': 'b' }, { ':x': 1, ':y': 'B#' })).toBe(
    'a = 1 AND (begins_with(b, "B#") OR (a < 1 AND attribute_exists(b)))',
  );
});

it('puts a value in as it is, even one that looks like an expression', () => {
  const value = '(#a = :x) AND (b)';
  expect(readableExpression('#a = :x', { '#a': 'a' }, { ':x': value })).toBe(`a = ${JSON.stringify(value)}`);
});

it('writes binary values as base64', () => {
  expect(readableExpression('#a = :x', { '#a': 'a' }, { ':x': Buffer.from('é') })).toBe('a = bytes(w6k=)');
});

it.each([
  ['an undefined name', '#a = :x', {}, { ':x': 1 }],
  ['an undefined value', '#a = :x', { '#a': 'a' }, {}],
  ['an unused name', '#a = :x', { '#a': 'a', '#b': 'b' }, { ':x': 1 }],
  ['an unused value', 'attribute_exists(#a)', { '#a': 'a' }, { ':x': 1 }],
  ['an attribute without a placeholder', 'state = :x', {}, { ':x': 1 }],
  ['a literal value', '#a = 7', { '#a': 'a' }, {}],
])('refuses %s', (_what, expression, names, values) => {
  expect(() => readableExpression(expression, names, values)).toThrow(/No expression uses|is neither a word/);
});

it('reads expressions at any depth, with the placeholders of their own item', async () => {
  const { dynamoDb, client } = recordedDynamoDb();
  dynamoDb.onAnyCommand().resolves({});
  const item = (attribute: string, value: unknown) => ({
    TableName: 't',
    Key: marshall({ ExpressionAttributeNames: 'x' }),
    UpdateExpression: 'SET #a = :v',
    ExpressionAttributeNames: { '#a': attribute },
    ExpressionAttributeValues: marshall({ ':v': value }),
  });
  await client.send(
    new TransactWriteItemsCommand({ TransactItems: [{ Update: item('a', 1) }, { Update: item('b', 'two') }] }),
  );
  const Key = marshall({ ExpressionAttributeNames: 'x' });
  expect(readableCommandsOf(dynamoDb)).toEqual([
    [
      'TransactWriteItemsCommand',
      {
        TransactItems: [
          { Update: { TableName: 't', Key, UpdateExpression: 'SET a = 1' } },
          { Update: { TableName: 't', Key, UpdateExpression: 'SET b = "two"' } },
        ],
      },
    ],
  ]);
});

it('leaves a command without expressions as it is', async () => {
  const { dynamoDb, client } = recordedDynamoDb();
  dynamoDb.onAnyCommand().resolves({});
  const input = { TableName: 't', Item: marshall({ pk: 'a' }) };
  await client.send(new PutItemCommand(input));
  expect(readableCommandsOf(dynamoDb)).toEqual([['PutItemCommand', input]]);
});
