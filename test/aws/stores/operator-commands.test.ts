// The exact commands of the operator's side: conditional changes, the scan of a deletion, and the lists of queues.
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
import { commandsOf, recordedDynamoDb, recordedSqs, TABLE_NAME } from '../../support/recorded-client.ts';
import { ACCOUNT, NOW, sampleEndpoint, sampleJob } from '../../support/relay/samples.ts';

const { accountId } = ACCOUNT;
const PREFIX = 'https://sqs.eu-central-1.amazonaws.com/123456789012/signet-prod-jobs-';

describe('an account', () => {
  it('is put on the list before its row, which only an absent one lets through', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    dynamoDb.onAnyCommand().resolves({});
    await createAccountRegister(table).create(ACCOUNT);
    expect(commandsOf(dynamoDb)).toMatchObject([
      ['PutItemCommand', { Item: marshall({ pk: 'ACCOUNTS', sk: accountId, accountId, name: 'Acme' }) }],
      ['PutItemCommand', { ConditionExpression: 'attribute_not_exists(#pk)' }],
    ]);
  });

  it('changes under every attribute as it was read, those too that were not there', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    dynamoDb.onAnyCommand().resolves({});
    await createAccountRegister(table).change(ACCOUNT, { ...ACCOUNT, state: 'suspended', stateSince: NOW });
    const [[, input] = []] = commandsOf(dynamoDb);
    for (const name of Object.keys(ACCOUNT)) expect(input?.['ConditionExpression']).toContain(`(#${name} = :v`);
    for (const name of ['stateSince', 'jobsPerMinute'])
      expect(input?.['ConditionExpression']).toContain(`attribute_not_exists(#${name})`);
    expect(input?.['ConditionExpression']).toContain('attribute_exists(#pk)');
  });
});

it('lists the endpoints that an operator changes consistently', async () => {
  const { dynamoDb, table } = recordedDynamoDb();
  dynamoDb.on(QueryCommand).resolves({ Items: [] });
  await createEndpointRegister(table).list(accountId);
  expect(commandsOf(dynamoDb)).toMatchObject([['QueryCommand', { ConsistentRead: true }]]);
  expect(await createEndpointRegister(table).create(sampleEndpoint())).toBe(true);
});

it('changes an agent’s key first, which requests obey, and only while it is that account’s and not revoked', async () => {
  const { dynamoDb, table } = recordedDynamoDb();
  dynamoDb.onAnyCommand().resolves({ Attributes: marshall({ kind: 'agent', accountId }) });
  await createAgentRegister(table).setState({ accountId, agentId: 'agt_1' }, 'paused', NOW);
  expect(commandsOf(dynamoDb)).toMatchObject([
    [
      'UpdateItemCommand',
      {
        Key: marshall({ pk: 'KEY#agt_1', sk: 'KEY' }),
        ConditionExpression: '(#kind = :v1) AND (#accountId = :v2) AND (attribute_not_exists(#revokedAt))',
      },
    ],
    ['UpdateItemCommand', { Key: marshall({ pk: `ACCOUNT#${accountId}`, sk: 'AGENT#agt_1' }) }],
  ]);
});

describe('whose a row is', () => {
  const owns = (keyId: string) => keyId === 'own-key';
  const job = sampleJob();

  it.each([
    ['its own row', ITEM_KEYS.account(accountId)],
    ['its quota', ITEM_KEYS.quota(accountId, '2026-11')],
    ['an agent', ITEM_KEYS.agent(accountId, 'agt_1')],
    ['an endpoint', ITEM_KEYS.endpoint(accountId, 'ep-1')],
    ['a pointer of a kind that is not known yet', { pk: `ACCOUNT#${accountId}`, sk: 'SOMETHING#1' }],
    ['its place in the list', { ...ITEM_KEYS.accountInList(accountId), accountId }],
    ['a key', { ...ITEM_KEYS.key('own-key'), accountId }],
    ['a job', { ...ITEM_KEYS.job(job.jobId), account: accountId }],
    ['a delivery', { ...ITEM_KEYS.delivery('ep-1', NOW, 'evt_1'), accountId }],
    ['an enrolment token', { ...ITEM_KEYS.grant('5f'), accountId }],
    ['a one-time value of its key', ITEM_KEYS.oneTimeValue('own-key', 'nonce')],
  ])('says %s', (_what, row) => {
    expect(belongsToAccount(row, accountId, owns)).toBe(true);
    expect(belongsToAccount(row, `${accountId}0`, () => false)).toBe(false);
  });

  it.each([
    ['the account whose id begins like its own', ITEM_KEYS.account(`${accountId}0`)],
    ['a one-time value of another’s key, whatever it says', { ...ITEM_KEYS.oneTimeValue('other', 'n'), accountId }],
    ['a key that is named as the account', { ...ITEM_KEYS.key(accountId), accountId: 'another' }],
    ['evidence, which says nothing', ITEM_KEYS.evidence(job.jobId)],
  ])('is not misled by %s', (_what, row) => {
    expect(belongsToAccount(row, accountId, owns)).toBe(false);
  });

  it('knows the key of every one-time value, whatever the value', () => {
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

  /** Of each command that deletes, the keys. */
  function deletions(dynamoDb: Parameters<typeof commandsOf>[0]): unknown[] {
    return commandsOf(dynamoDb).flatMap(([name, input]) => {
      if (name === 'DeleteItemCommand') return [[input['Key']]];
      if (name !== 'BatchWriteItemCommand') return [];
      const requests = (input['RequestItems'] as Record<string, { DeleteRequest: { Key: unknown } }[]>)[TABLE_NAME];
      return [requests?.map(({ DeleteRequest }) => DeleteRequest.Key)];
    });
  }

  it('are found page after page by what says whose they are, and nothing else is read', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    const LastEvaluatedKey = marshall(ITEM_KEYS.job('job_0'));
    dynamoDb.on(ScanCommand).resolvesOnce({ Items: [], LastEvaluatedKey }).resolves({ Items: [] });
    expect(await Array.fromAsync(createTenantRows(table).removeAll(accountId))).toEqual([0, 0, 0]);
    const scan = {
      TableName: TABLE_NAME,
      ConsistentRead: true,
      ProjectionExpression: '#pk, #sk, #account, #accountId',
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk', '#account': 'account', '#accountId': 'accountId' },
    };
    expect(commandsOf(dynamoDb)).toEqual([
      ['ScanCommand', { ...scan, ExclusiveStartKey: undefined }],
      ['ScanCommand', { ...scan, ExclusiveStartKey: LastEvaluatedKey }],
    ]);
  });

  it('go in an order that a crash cannot turn against the next run: evidence before its job, keys at the end', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    dynamoDb.on(ScanCommand).resolves({ Items: rows(key, nonce, job) });
    dynamoDb.on(GetItemCommand).resolves({ Item: marshall(key) });
    dynamoDb.on(BatchWriteItemCommand).resolves({});
    expect(await Array.fromAsync(createTenantRows(table).removeAll(accountId))).toEqual([2, 3]);
    const keysOf = (...items: { pk: string; sk: string }[]) => items.map(({ pk, sk }) => marshall({ pk, sk }));
    expect(deletions(dynamoDb)).toEqual([keysOf(ITEM_KEYS.evidence('job_1')), keysOf(nonce, job), keysOf(key)]);
  });

  it('ask for each key once, however many of its values there are', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    const nonces = Array.from({ length: 30 }, (_, index) => ITEM_KEYS.oneTimeValue('other-key', `nonce-${index}`));
    dynamoDb.on(ScanCommand).resolves({ Items: rows(...nonces) });
    dynamoDb.on(GetItemCommand).resolves({ Item: marshall({ ...key, accountId: 'another' }) });
    await Array.fromAsync(createTenantRows(table).removeAll(accountId));
    expect(commandsOf(dynamoDb).map(([name]) => name)).toEqual(['ScanCommand', 'GetItemCommand']);
  });

  it('are deleted 25 at a time, and what the service leaves over one by one', async () => {
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

  it('are not the account’s own row, which goes at the very end, after its place in the list', async () => {
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

  it('that cannot be deleted stop the run', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    dynamoDb.on(ScanCommand).resolves({ Items: rows(job) });
    dynamoDb.on(BatchWriteItemCommand).rejects(new ConditionalCheckFailedException({ message: '', $metadata: {} }));
    await expect(Array.fromAsync(createTenantRows(table).removeAll(accountId))).rejects.toThrow();
  });
});

describe('queues', () => {
  it('are listed by the beginning of their names, page after page', async () => {
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

  it('say how much waits in them; one that is not there says so, and any other failure is a dependency’s', async () => {
    const { sqs, client } = recordedSqs();
    const backlog = createBacklog(client, {
      deliveryQueueUrl: 'https://q/1',
      deliveryDeadLetterQueueUrl: 'https://q/2',
      eventDeadLetterQueueUrl: 'https://q/3',
    });
    sqs.on(GetQueueAttributesCommand, { QueueUrl: 'https://q/1' }).resolves({
      Attributes: { ApproximateNumberOfMessages: '12', ApproximateNumberOfMessagesNotVisible: '3' },
    });
    sqs
      .on(GetQueueAttributesCommand, { QueueUrl: 'https://q/2' })
      .rejects(new QueueDoesNotExist({ message: '', $metadata: {} }));
    sqs.on(GetQueueAttributesCommand, { QueueUrl: 'https://q/3' }).rejects(new Error('throttled'));
    expect(await backlog.deliveries()).toEqual({ visible: 12, inFlight: 3 });
    expect(await backlog.deadDeliveries()).toBeUndefined();
    await expect(backlog.deadEvents()).rejects.toThrow(DependencyUnavailable);
  });
});
