// The commands of the operator's adapters: conditional changes, the scan of a deletion, and the lists of queues.
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, ListQueuesCommand, QueueDoesNotExist } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBacklog, createQueueInventory } from '../../../lib/aws/queues/sqs-queue-inventory.ts';
import { createAccountRegister } from '../../../lib/aws/stores/dynamodb-accounts.ts';
import { createAgentRegister } from '../../../lib/aws/stores/dynamodb-agents.ts';
import { createEndpointRegister } from '../../../lib/aws/stores/dynamodb-endpoints.ts';
import { createTenantRows } from '../../../lib/aws/stores/dynamodb-tenant-rows.ts';
import { ITEM_KEYS } from '../../../lib/aws/table/item-keys.ts';
import { belongsToAccount, keyOfOneTimeValue } from '../../../lib/aws/table/row-owner.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { readableCommandsOf } from '../../support/readable-commands.ts';
import { commandsOf, recordedDynamoDb, recordedSqs, TABLE_NAME } from '../../support/recorded-client.ts';
import { ACCOUNT, NOW, sampleEndpoint, sampleJob } from '../../support/relay/samples.ts';

const { accountId } = ACCOUNT;
const PREFIX = 'https://sqs.eu-central-1.amazonaws.com/123456789012/signet-prod-jobs-';

describe('an account', () => {
  it('gets its place in the list before its row, and the row only if there is none', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    dynamoDb.onAnyCommand().resolves({});
    await createAccountRegister(table).create(ACCOUNT);
    expect(readableCommandsOf(dynamoDb)).toMatchObject([
      ['PutItemCommand', { Item: marshall({ pk: 'ACCOUNTS', sk: accountId, accountId, name: 'Acme' }) }],
      ['PutItemCommand', { ConditionExpression: 'attribute_not_exists(pk)' }],
    ]);
  });

  it('changes only if every attribute is as it was read, including absent ones', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    dynamoDb.onAnyCommand().resolves({});
    await createAccountRegister(table).change(ACCOUNT, { ...ACCOUNT, state: 'suspended', stateSince: NOW });
    const [[, input] = []] = readableCommandsOf(dynamoDb);
    const clauses = String(input?.['ConditionExpression']).split(' AND ');
    const unchanged = Object.entries(ACCOUNT).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    const absent = ['stateSince', 'jobsPerMinute', 'requestsPerMinute'].map((name) => `attribute_not_exists(${name})`);
    expect(clauses.sort()).toEqual(['attribute_exists(pk)', ...unchanged, ...absent].sort());
  });
});

it('lists endpoints for the operator with consistent reads', async () => {
  const { dynamoDb, table } = recordedDynamoDb();
  dynamoDb.on(QueryCommand).resolves({ Items: [] });
  await createEndpointRegister(table).list(accountId);
  expect(commandsOf(dynamoDb)).toMatchObject([['QueryCommand', { ConsistentRead: true }]]);
  expect(await createEndpointRegister(table).create(sampleEndpoint())).toBe(true);
});

it('changes an agent’s key before its presence, and only if it belongs to the account and is not revoked', async () => {
  const { dynamoDb, table } = recordedDynamoDb();
  dynamoDb.onAnyCommand().resolves({ Attributes: marshall({ kind: 'agent', accountId }) });
  await createAgentRegister(table).setState({ accountId, agentId: 'agt_1' }, 'paused', NOW);
  expect(readableCommandsOf(dynamoDb)).toMatchObject([
    [
      'UpdateItemCommand',
      {
        Key: marshall({ pk: 'KEY#agt_1', sk: 'KEY' }),
        UpdateExpression: 'SET state = "paused"',
        ConditionExpression: `kind = "agent" AND accountId = "${accountId}" AND attribute_not_exists(revokedAt)`,
      },
    ],
    ['UpdateItemCommand', { Key: marshall({ pk: `ACCOUNT#${accountId}`, sk: 'AGENT#agt_1' }) }],
  ]);
});

describe('the owner of a row', () => {
  const owns = (keyId: string) => keyId === 'own-key';
  const job = sampleJob();

  it.each([
    ['the account’s own row', ITEM_KEYS.account(accountId)],
    ['its quota', ITEM_KEYS.quota(accountId, '2026-11')],
    ['an agent', ITEM_KEYS.agent(accountId, 'agt_1')],
    ['an endpoint', ITEM_KEYS.endpoint(accountId, 'ep-1')],
    ['a row of a future kind in the account’s partition', { pk: `ACCOUNT#${accountId}`, sk: 'SOMETHING#1' }],
    ['the account’s place in the list', { ...ITEM_KEYS.accountInList(accountId), accountId }],
    ['a key', { ...ITEM_KEYS.key('own-key'), accountId }],
    ['a job', { ...ITEM_KEYS.job(job.jobId), account: accountId }],
    ['a delivery', { ...ITEM_KEYS.delivery('ep-1', NOW, 'evt_1'), accountId }],
    ['an enrolment token', { ...ITEM_KEYS.grant('5f'), accountId }],
    ['a one-time value of the account’s key', ITEM_KEYS.oneTimeValue('own-key', 'nonce')],
  ])('is the account for %s', (_what, row) => {
    expect(belongsToAccount(row, accountId, owns)).toBe(true);
    expect(belongsToAccount(row, `${accountId}0`, () => false)).toBe(false);
  });

  it.each([
    ['an account whose id has the same prefix', ITEM_KEYS.account(`${accountId}0`)],
    [
      'a one-time value of another account’s key, even with this account’s id',
      { ...ITEM_KEYS.oneTimeValue('other', 'n'), accountId },
    ],
    ['a key whose id is the account’s id', { ...ITEM_KEYS.key(accountId), accountId: 'another' }],
    ['evidence, which names no account', ITEM_KEYS.evidence(job.jobId)],
  ])('is not the account for %s', (_what, row) => {
    expect(belongsToAccount(row, accountId, owns)).toBe(false);
  });

  it('is found by the key of a one-time value, for any value', () => {
    const keyIds = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
    fc.assert(
      fc.property(keyIds, fc.string(), (keyId, value) => {
        expect(keyOfOneTimeValue(ITEM_KEYS.oneTimeValue(keyId, value))).toBe(keyId);
      }),
    );
  });
});

describe('the rows of an account', () => {
  const rows = (...items: Record<string, unknown>[]) => items.map((item) => marshall(item));
  const job = { ...ITEM_KEYS.job('job_1'), account: accountId };
  const nonce = ITEM_KEYS.oneTimeValue('own-key', 'nonce');
  const key = { ...ITEM_KEYS.key('own-key'), accountId };

  /** The keys in each deleting command. */
  function deletions(dynamoDb: Parameters<typeof commandsOf>[0]): unknown[] {
    return commandsOf(dynamoDb).flatMap(([name, input]) => {
      if (name === 'DeleteItemCommand') return [[input['Key']]];
      if (name !== 'BatchWriteItemCommand') return [];
      const requests = (input['RequestItems'] as Record<string, { DeleteRequest: { Key: unknown } }[]>)[TABLE_NAME];
      return [requests?.map(({ DeleteRequest }) => DeleteRequest.Key)];
    });
  }

  it('are found by a scan that reads only the attributes that name the owner', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    const LastEvaluatedKey = marshall(ITEM_KEYS.job('job_0'));
    dynamoDb.on(ScanCommand).resolvesOnce({ Items: [], LastEvaluatedKey }).resolves({ Items: [] });
    expect(await Array.fromAsync(createTenantRows(table).removeAll(accountId))).toEqual([0, 0, 0]);
    const scan = {
      TableName: TABLE_NAME,
      ConsistentRead: true,
      ProjectionExpression: 'pk, sk, account, accountId',
    };
    expect(readableCommandsOf(dynamoDb)).toEqual([
      ['ScanCommand', { ...scan, ExclusiveStartKey: undefined }],
      ['ScanCommand', { ...scan, ExclusiveStartKey: LastEvaluatedKey }],
    ]);
  });

  it('are removed in an order that survives a crash: evidence before its job, and keys last', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    dynamoDb.on(ScanCommand).resolves({ Items: rows(key, nonce, job) });
    dynamoDb.on(GetItemCommand).resolves({ Item: marshall(key) });
    dynamoDb.on(BatchWriteItemCommand).resolves({});
    expect(await Array.fromAsync(createTenantRows(table).removeAll(accountId))).toEqual([2, 3]);
    const keysOf = (...items: { pk: string; sk: string }[]) => items.map(({ pk, sk }) => marshall({ pk, sk }));
    expect(deletions(dynamoDb)).toEqual([keysOf(ITEM_KEYS.evidence('job_1')), keysOf(nonce, job), keysOf(key)]);
  });

  it('need one read per key, however many one-time values it has', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    const nonces = Array.from({ length: 30 }, (_, index) => ITEM_KEYS.oneTimeValue('other-key', `nonce-${index}`));
    dynamoDb.on(ScanCommand).resolves({ Items: rows(...nonces) });
    dynamoDb.on(GetItemCommand).resolves({ Item: marshall({ ...key, accountId: 'another' }) });
    await Array.fromAsync(createTenantRows(table).removeAll(accountId));
    expect(commandsOf(dynamoDb).map(([name]) => name)).toEqual(['ScanCommand', 'GetItemCommand']);
  });

  it('are deleted 25 at a time, and unprocessed ones one by one', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    const agents = Array.from({ length: 60 }, (_, index) => ITEM_KEYS.agent(accountId, `agt_${index}`));
    const left = marshall(agents[7] ?? {});
    dynamoDb.on(ScanCommand).resolves({ Items: rows(...agents) });
    dynamoDb
      .on(BatchWriteItemCommand)
      .resolvesOnce({ UnprocessedItems: { [TABLE_NAME]: [{ DeleteRequest: { Key: left } }] } })
      .resolves({});
    dynamoDb.on(DeleteItemCommand).resolves({});
    await Array.fromAsync(createTenantRows(table).removeAll(accountId));
    expect(deletions(dynamoDb).map((keys) => (keys as unknown[]).length)).toEqual([25, 1, 25, 10]);
    expect(deletions(dynamoDb)[1]).toEqual([left]);
  });

  it('do not include the account’s own row, which is removed last, after its place in the list', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    const own = [ITEM_KEYS.account(accountId), { ...ITEM_KEYS.accountInList(accountId), accountId }];
    dynamoDb.on(ScanCommand).resolves({ Items: rows(...own) });
    dynamoDb.on(DeleteItemCommand).resolves({});
    const tenant = createTenantRows(table);
    await Array.fromAsync(tenant.removeAll(accountId));
    expect(deletions(dynamoDb)).toEqual([]);
    await tenant.removeAccount(accountId);
    expect(deletions(dynamoDb)).toEqual([
      [marshall(ITEM_KEYS.accountInList(accountId))],
      [marshall(ITEM_KEYS.account(accountId))],
    ]);
  });

  it('stop the run when they cannot be deleted', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    dynamoDb.on(ScanCommand).resolves({ Items: rows(job) });
    dynamoDb.on(BatchWriteItemCommand).rejects(new ConditionalCheckFailedException({ message: '', $metadata: {} }));
    await expect(Array.fromAsync(createTenantRows(table).removeAll(accountId))).rejects.toThrow();
  });
});

describe('queues', () => {
  it('are listed by the prefix of their names, page after page', async () => {
    const { sqs, client } = recordedSqs();
    sqs
      .on(ListQueuesCommand)
      .resolvesOnce({ QueueUrls: [`${PREFIX}${accountId}-default`], NextToken: 'more' })
      .resolves({ QueueUrls: [`${PREFIX}odd-one-2`] });
    const listed = await Array.fromAsync(createQueueInventory(client, PREFIX).list());
    expect(listed).toEqual([
      { name: `signet-prod-jobs-${accountId}-default`, accountId, pool: 'default' },
      { name: 'signet-prod-jobs-odd-one-2', accountId: 'odd-one', pool: '2' },
    ]);
    expect(commandsOf(sqs)).toMatchObject([
      ['ListQueuesCommand', { QueueNamePrefix: 'signet-prod-jobs-', MaxResults: 1_000 }],
      ['ListQueuesCommand', { QueueNamePrefix: 'signet-prod-jobs-', NextToken: 'more' }],
    ]);
    await Array.fromAsync(createQueueInventory(client, PREFIX).list(accountId));
    expect(commandsOf(sqs).at(-1)).toMatchObject([
      'ListQueuesCommand',
      { QueueNamePrefix: `signet-prod-jobs-${accountId}-` },
    ]);
  });

  it('report their depth, undefined when there is no queue, and a dependency failure for any other error', async () => {
    const { sqs, client } = recordedSqs();
    const backlog = createBacklog(client, {
      deliveryQueueUrl: 'https://q/1',
      deliveryDeadLetterQueueUrl: 'https://q/2',
      eventDeadLetterQueueUrl: 'https://q/3',
    });
    sqs.on(GetQueueAttributesCommand, { QueueUrl: 'https://q/1' }).resolves({
      Attributes: {
        ApproximateNumberOfMessages: '12',
        ApproximateNumberOfMessagesNotVisible: '3',
        ApproximateNumberOfMessagesDelayed: '4',
      },
    });
    sqs
      .on(GetQueueAttributesCommand, { QueueUrl: 'https://q/2' })
      .rejects(new QueueDoesNotExist({ message: '', $metadata: {} }));
    sqs.on(GetQueueAttributesCommand, { QueueUrl: 'https://q/3' }).rejects(new Error('throttled'));
    expect(await backlog.deliveries()).toEqual({ visible: 12, inFlight: 3, delayed: 4 });
    expect(await backlog.deadDeliveries()).toBeUndefined();
    await expect(backlog.deadEvents()).rejects.toThrow(DependencyUnavailable);
  });

  it.each(['0', '', 'many'])('take no missing count for zero: %j', async (visible) => {
    const { sqs, client } = recordedSqs();
    sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: visible } });
    const depth = createQueueInventory(client, PREFIX).depth({ accountId: 'a', pool: 'default' });
    await expect(depth).rejects.toThrow(DependencyUnavailable);
  });
});
