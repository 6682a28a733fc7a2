// The exact commands that reach DynamoDB: what is read consistently, and under which conditions anything changes.
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { createAccountRegister } from '../../../lib/aws/stores/dynamodb-accounts.ts';
import { createEnrollment, createPresence } from '../../../lib/aws/stores/dynamodb-agents.ts';
import { createDeliveryLog } from '../../../lib/aws/stores/dynamodb-delivery-log.ts';
import { createDirectory } from '../../../lib/aws/stores/dynamodb-directory.ts';
import { createDueWork } from '../../../lib/aws/stores/dynamodb-due-work.ts';
import { createEndpointRegister } from '../../../lib/aws/stores/dynamodb-endpoints.ts';
import { createEvidenceStore } from '../../../lib/aws/stores/dynamodb-evidence.ts';
import { createJobHistory } from '../../../lib/aws/stores/dynamodb-job-history.ts';
import { createJobStore } from '../../../lib/aws/stores/dynamodb-jobs.ts';
import { createKeyRegister, createKeyUses } from '../../../lib/aws/stores/dynamodb-keys.ts';
import { createOneTimeValues } from '../../../lib/aws/stores/dynamodb-one-time-values.ts';
import { createQuotaLedger } from '../../../lib/aws/stores/dynamodb-quota.ts';
import { createSecretClaims } from '../../../lib/aws/stores/dynamodb-secret-claims.ts';
import type { DynamoTable } from '../../../lib/aws/table/dynamodb-table.ts';
import { toJobRow } from '../../../lib/aws/table/job-row.ts';
import type { JobHistory } from '../../../lib/relay/model/ports.ts';
import { commandsOf, recordedDynamoDb, TABLE_NAME } from '../../support/recorded-client.ts';
import {
  ACCOUNT,
  AGENT_ID,
  DAY,
  holdOf,
  MINUTE,
  NOW,
  sampleAgentKey,
  sampleDelivery,
  sampleGrant,
  sampleJob,
  samplePartnerKey,
  samplePresence,
  sampleResult,
} from '../../support/relay/samples.ts';

/** The one command that `act` sends. What the answer lacks is not what is tested here. */
async function commandOf(act: (table: DynamoTable) => Promise<unknown>) {
  const { dynamoDb, table } = recordedDynamoDb();
  dynamoDb.onAnyCommand().resolves({});
  await act(table).catch(() => {});
  const [command, ...others] = commandsOf(dynamoDb);
  expect(others).toEqual([]);
  return command;
}

type Row = Record<string, AttributeValue>;

const job = sampleJob({ dueAt: NOW + 2 * MINUTE });
const hold = holdOf({ ...job, fence: 3 });
const key = marshall({ pk: `JOB#${job.jobId}`, sk: 'JOB' });

describe('jobs', () => {
  it('finds with a consistent read', async () => {
    expect(await commandOf((table) => createJobStore(table).find(job.jobId))).toEqual([
      'GetItemCommand',
      { TableName: TABLE_NAME, Key: key, ConsistentRead: true },
    ]);
  });

  it('creates with a put that only an absent or expired row lets through', async () => {
    expect(await commandOf((table) => createJobStore(table).create(job, NOW))).toEqual([
      'PutItemCommand',
      {
        TableName: TABLE_NAME,
        Item: marshall(toJobRow(job), { removeUndefinedValues: true }),
        ConditionExpression: '(attribute_not_exists(#pk)) OR (#createdAt <= :v0)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ExpressionAttributeNames: { '#pk': 'pk', '#createdAt': 'createdAt' },
        ExpressionAttributeValues: marshall({ ':v0': NOW - 30 * DAY }),
      },
    ]);
  });

  it('leases with one update under named clauses', async () => {
    const lease = { agentId: AGENT_ID, nowMs: NOW, leaseUntil: NOW + 2 * MINUTE, attemptLimit: 5 };
    expect(await commandOf((table) => createJobStore(table).lease(job, lease))).toEqual([
      'UpdateItemCommand',
      {
        TableName: TABLE_NAME,
        Key: key,
        UpdateExpression:
          'SET #state = :v0, #leasedBy = :v1, #leasedAt = :v2, #leaseUntil = :v3, #updatedAt = :v4 ADD #fence :v5, #attempts :v6',
        ConditionExpression:
          '(#createdAt = :v7) AND ((#state = :v8) OR ((#state = :v9) AND (#leaseUntil <= :v10)))' +
          ' AND ((#deadlineAt > :v11) AND (#attempts < :v12))',
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ExpressionAttributeNames: Object.fromEntries(
          [
            'state',
            'leasedBy',
            'leasedAt',
            'leaseUntil',
            'updatedAt',
            'fence',
            'attempts',
            'createdAt',
            'deadlineAt',
          ].map((name) => [`#${name}`, name]),
        ),
        ExpressionAttributeValues: marshall({
          ':v0': 'leased',
          ':v1': AGENT_ID,
          ':v2': NOW,
          ':v3': NOW + 2 * MINUTE,
          ':v4': NOW,
          ':v5': 1,
          ':v6': 1,
          ':v7': NOW,
          ':v8': 'queued',
          ':v9': 'leased',
          ':v10': NOW,
          ':v11': NOW,
          ':v12': 5,
        }),
      },
    ]);
  });

  it('completes under the same incarnation, state, fence and agent, and takes the row out of the due index', async () => {
    const end = { result: sampleResult(), evidenceSha256: 'sha', nowMs: NOW };
    const [, input] = (await commandOf((table) => createJobStore(table).complete(hold, end))) ?? [];
    expect(input).toMatchObject({
      UpdateExpression:
        'SET #state = :v0, #result = :v1, #evidenceSha256 = :v2, #updatedAt = :v3 REMOVE #dueAt, #dueShard, #leasedAt, #leaseUntil',
      ConditionExpression: '(#createdAt = :v4) AND (#state = :v5) AND (#fence = :v6) AND (#leasedBy = :v7)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ExpressionAttributeValues: marshall({
        ':v0': 'completed',
        ':v1': JSON.stringify(end.result),
        ':v2': 'sha',
        ':v3': NOW,
        ':v4': NOW,
        ':v5': 'leased',
        ':v6': 3,
        ':v7': AGENT_ID,
      }),
    });
  });

  it('ends under everything that was read', async () => {
    const end = { state: 'expired', reason: 'deadline_passed', nowMs: NOW } as const;
    const [, input] = (await commandOf((table) => createJobStore(table).end(job, end))) ?? [];
    expect(input).toMatchObject({
      ConditionExpression:
        '(#createdAt = :v3) AND (#state = :v4) AND (#fence = :v5) AND (attribute_not_exists(#leaseUntil)) AND (#dueAt = :v6)',
      ExpressionAttributeValues: expect.objectContaining(
        marshall({ ':v3': NOW, ':v4': 'queued', ':v5': 0, ':v6': NOW + 2 * MINUTE }),
      ),
    });
  });
});

describe('one-time values', () => {
  it('claims with a put that only an absent or expired row lets through', async () => {
    const value = { keyId: 'key-1', value: 'nonce-0123456789', expiresAtMs: NOW + 10 * MINUTE };
    expect(await commandOf((table) => createOneTimeValues(table, () => 'claim-1').claim(value, NOW))).toEqual([
      'PutItemCommand',
      {
        TableName: TABLE_NAME,
        Item: marshall({
          pk: 'NONCE#key-1#nonce-0123456789',
          sk: 'NONCE',
          expiresAt: Math.ceil((NOW + 10 * MINUTE) / 1000),
          claimId: 'claim-1',
        }),
        ConditionExpression: '(attribute_not_exists(#pk)) OR (#expiresAt < :v0)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ExpressionAttributeNames: { '#pk': 'pk', '#expiresAt': 'expiresAt' },
        ExpressionAttributeValues: marshall({ ':v0': Math.floor(NOW / 1000) }),
      },
    ]);
  });
});

describe('keys', () => {
  const read = samplePartnerKey({ keyId: 'key-1', allowUnboundDelete: true });
  const where = { TableName: TABLE_NAME, Key: marshall({ pk: 'KEY#key-1', sk: 'KEY' }) };

  it('are changed where they are as they were read, in what an operator may change alone', async () => {
    const after = {
      ...read,
      versions: [{ version: 2, master: 1 }] as const,
      revokedAt: NOW,
      allowUnboundDelete: undefined,
    };
    expect(await commandOf((table) => createKeyRegister(table).change(read, after))).toEqual([
      'UpdateItemCommand',
      {
        ...where,
        UpdateExpression: 'SET #versions = :v0, #revokedAt = :v1 REMOVE #allowUnboundDelete, #usedAt_1',
        ConditionExpression:
          '(attribute_exists(#pk)) AND (#versions = :v2) AND (attribute_not_exists(#revokedAt)) AND (#allowUnboundDelete = :v3)',
        ExpressionAttributeNames: {
          '#pk': 'pk',
          '#versions': 'versions',
          '#revokedAt': 'revokedAt',
          '#allowUnboundDelete': 'allowUnboundDelete',
          '#usedAt_1': 'usedAt_1',
        },
        ExpressionAttributeValues: marshall({ ':v0': after.versions, ':v1': NOW, ':v2': read.versions, ':v3': true }),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ]);
  });

  it('are noted when they are used, in one write, where that is not noted since', async () => {
    const use = { keyId: 'key-1', version: 2, nowMs: NOW };
    expect(await commandOf((table) => createKeyUses(table).record(use, NOW - MINUTE))).toMatchObject([
      'UpdateItemCommand',
      {
        ...where,
        UpdateExpression: 'SET #usedAt_2 = :v0',
        ConditionExpression: '(attribute_exists(#pk)) AND ((attribute_not_exists(#usedAt_2)) OR (#usedAt_2 < :v1))',
        ExpressionAttributeValues: marshall({ ':v0': NOW, ':v1': NOW - MINUTE }),
      },
    ]);
  });

  it('are pointed to by their account before they are made', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    dynamoDb.onAnyCommand().resolves({});
    await createKeyRegister(table).create(read);
    const pointer = { pk: `ACCOUNT#${read.accountId}`, sk: 'KEY#key-1', keyId: 'key-1' };
    expect(commandsOf(dynamoDb)).toMatchObject([
      ['PutItemCommand', { Item: marshall(pointer) }],
      ['PutItemCommand', { Item: { pk: { S: 'KEY#key-1' } }, ConditionExpression: 'attribute_not_exists(#pk)' }],
    ]);
  });
});

it('a secret is claimed under its digest after the account’s pointer, and by its owner again', async () => {
  const { dynamoDb, table } = recordedDynamoDb();
  dynamoDb.onAnyCommand().resolves({});
  const owner = { direction: 'inbound', accountId: 'acme', id: 'key-1', version: 1 } as const;
  await createSecretClaims(table).claim('d1', owner);
  expect(commandsOf(dynamoDb)).toMatchObject([
    ['PutItemCommand', { Item: marshall({ pk: 'ACCOUNT#acme', sk: 'SECRET#d1', digest: 'd1' }) }],
    [
      'PutItemCommand',
      {
        Item: marshall({ pk: 'SECRET#d1', sk: 'SECRET', ...owner }),
        ConditionExpression:
          '(attribute_not_exists(#pk)) OR ((#direction = :v0) AND (#accountId = :v1) AND (#id = :v2) AND (#version = :v3))',
      },
    ],
  ]);
});

describe('reads', () => {
  it.each([
    ['jobs', (table: DynamoTable) => createJobStore(table).findMany([job.jobId])],
    ['delivery records', (table: DynamoTable) => createDeliveryLog(table).findMany([sampleDelivery()])],
  ])('reads many %s with one consistent call', async (_what, act) => {
    const [name, input] = (await commandOf(act)) ?? [];
    expect([name, input?.['RequestItems']]).toMatchObject([
      'BatchGetItemCommand',
      { [TABLE_NAME]: { Keys: [expect.anything()], ConsistentRead: true } },
    ]);
  });

  it('reads evidence, grants, delivery records, accounts and single endpoints consistently', async () => {
    const reads = [
      (table: DynamoTable) => createEvidenceStore(table).find(job.jobId),
      (table: DynamoTable) => createDeliveryLog(table).find(sampleDelivery()),
      (table: DynamoTable) => createEnrollment(undefined as never, table).findGrant('0'.repeat(64)),
      (table: DynamoTable) => createDirectory(table, () => NOW).findEndpoint('acme', 'ep-1'),
      (table: DynamoTable) => createDirectory(table, () => NOW).findKey('key-1'),
      (table: DynamoTable) => createKeyRegister(table).find('key-1'),
      (table: DynamoTable) => createDirectory(table, () => NOW).findAccount('acme'),
      (table: DynamoTable) => createAccountRegister(table).find('acme'),
      (table: DynamoTable) => createEndpointRegister(table).find('acme', 'ep-1'),
    ];
    for (const read of reads) expect(await commandOf(read)).toMatchObject(['GetItemCommand', { ConsistentRead: true }]);
  });

  it('asks for the next page from where the last one ended', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    const LastEvaluatedKey = marshall({ pk: 'JOB#a', sk: 'JOB', dueShard: 0, dueAt: 1 });
    const row = marshall({ pk: 'JOB#a', sk: 'JOB' });
    dynamoDb
      .onAnyCommand()
      .resolves({})
      .resolvesOnce({ Items: [row], LastEvaluatedKey });
    dynamoDb.on(QueryCommand, { ExclusiveStartKey: LastEvaluatedKey }).resolves({ Items: [row] });
    const items = await Array.fromAsync(createDueWork(table).findDue(NOW));
    expect(items).toHaveLength(2);
    const queries = commandsOf(dynamoDb).map(([, input]) => input);
    expect(queries).toHaveLength(17);
    expect(queries[0]).toMatchObject({
      IndexName: 'byDue',
      KeyConditionExpression: '(#dueShard = :v0) AND (#dueAt <= :v1)',
      ExpressionAttributeValues: marshall({ ':v0': 0, ':v1': NOW }),
    });
    expect(queries[0]).toMatchObject({ Limit: 100 });
    expect(queries[1]).toMatchObject({ ExpressionAttributeValues: marshall({ ':v0': 1, ':v1': NOW }) });
    expect(queries[16]).toEqual({ ...queries[0], ExclusiveStartKey: LastEvaluatedKey });
  });

  it('skips due rows of a kind that this version does not know', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    const rows = ['PROBE', 'EVENT#', 'EVENT#2026-11-22T12:00:00.000Z#', 'EVIDENCE', 'JOB'];
    dynamoDb
      .onAnyCommand()
      .resolves({})
      .resolvesOnce({ Items: rows.map((sk) => marshall({ pk: 'JOB#a', sk })) });
    expect(await Array.fromAsync(createDueWork(table).findDue(NOW))).toEqual([{ kind: 'job', jobId: 'a' }]);
  });
});

describe('a page of an account’s jobs', () => {
  const jobs = [0, 1, 2].map((index) => sampleJob({ createdAt: NOW - index }));
  const rows = jobs.map((one) => marshall(toJobRow(one), { removeUndefinedValues: true }));
  /** What the index has of a row. */
  const inIndex = rows.map(({ pk, sk, account, createdAtJobId }) => ({ pk, sk, account, createdAtJobId }) as Row);
  const keys = rows.map(({ pk, sk }) => ({ pk, sk }) as Row);
  const range: Parameters<JobHistory['readPage']>[1] = { sinceMs: NOW - MINUTE, before: undefined, limit: 50 };

  /** A table whose index and rows are these. */
  function answering(found: { Items: readonly Row[]; Responses: readonly Row[]; leftOver?: readonly Row[] }) {
    const { dynamoDb, table } = recordedDynamoDb();
    dynamoDb.on(QueryCommand).resolves({ Items: [...found.Items] });
    dynamoDb.on(BatchGetItemCommand).resolves({
      Responses: { [TABLE_NAME]: [...found.Responses] },
      ...(found.leftOver && { UnprocessedKeys: { [TABLE_NAME]: { Keys: [...found.leftOver] } } }),
    });
    return { dynamoDb, read: (page = range) => createJobHistory(table).readPage(ACCOUNT.accountId, page) };
  }

  it('costs one query and one read of all its rows, whatever their order in the answer', async () => {
    const { dynamoDb, read } = answering({ Items: inIndex, Responses: rows.toReversed() });
    expect(await read()).toEqual({ jobs, next: undefined });
    expect(commandsOf(dynamoDb)).toEqual([
      [
        'QueryCommand',
        {
          TableName: TABLE_NAME,
          IndexName: 'byAccount',
          KeyConditionExpression: '(#account = :v0) AND (#createdAtJobId >= :v1)',
          ExpressionAttributeNames: { '#account': 'account', '#createdAtJobId': 'createdAtJobId' },
          ExpressionAttributeValues: marshall({ ':v0': ACCOUNT.accountId, ':v1': '2026-11-22T11:59:00.250Z' }),
          ScanIndexForward: false,
          Limit: 51,
        },
      ],
      ['BatchGetItemCommand', { RequestItems: { [TABLE_NAME]: { Keys: keys, ConsistentRead: true } } }],
    ]);
  });

  it('reads no row for the key that only tells of more', async () => {
    const { dynamoDb, read } = answering({ Items: inIndex, Responses: rows.slice(0, 2) });
    expect(await read({ ...range, limit: 2 })).toEqual({
      jobs: jobs.slice(0, 2),
      next: { jobId: jobs[1]?.jobId, createdAt: NOW - 1 },
    });
    const [batch] = dynamoDb.commandCalls(BatchGetItemCommand);
    expect(batch?.args[0].input.RequestItems?.[TABLE_NAME]?.Keys).toEqual(keys.slice(0, 2));
  });

  it('reads no rows where there are none', async () => {
    const { dynamoDb, read } = answering({ Items: [], Responses: [] });
    expect(await read()).toEqual({ jobs: [], next: undefined });
    expect(dynamoDb.calls()).toHaveLength(1);
  });

  it('starts behind a place that it makes from time and id', async () => {
    const { dynamoDb, read } = answering({ Items: [], Responses: [] });
    const [first] = jobs;
    await read({ ...range, before: first });
    expect(dynamoDb.commandCalls(QueryCommand)[0]?.args[0].input.ExclusiveStartKey).toEqual(inIndex[0]);
  });

  it('asks nothing where that place is older than what is asked for: the service would refuse it', async () => {
    const { dynamoDb, read } = answering({ Items: [], Responses: [] });
    expect(await read({ ...range, before: { ...job, createdAt: NOW - MINUTE - 1 } })).toEqual({
      jobs: [],
      next: undefined,
    });
    expect(dynamoDb.calls()).toHaveLength(0);
    await read({ ...range, before: { ...job, createdAt: NOW - MINUTE } });
    expect(dynamoDb.calls()).toHaveLength(1);
  });

  it('asks one by one for what the service left over', async () => {
    const { dynamoDb, read } = answering({ Items: inIndex, Responses: rows.slice(0, 1), leftOver: keys.slice(1) });
    for (const [index, Key] of keys.entries())
      dynamoDb.on(GetItemCommand, { Key, ConsistentRead: true }).resolves({ Item: rows[index] as Row });
    expect(await read()).toEqual({ jobs, next: undefined });
    expect(dynamoDb.commandCalls(GetItemCommand)).toHaveLength(2);
  });

  it('leaves out rows that are gone, and those of a later job under the same id', async () => {
    const [first, , third] = jobs;
    const later = marshall(toJobRow({ ...(third as typeof job), createdAt: NOW + MINUTE }), {
      removeUndefinedValues: true,
    });
    const { read } = answering({ Items: inIndex, Responses: [rows[0] as Row, later] });
    expect(await read()).toEqual({ jobs: [first], next: undefined });
  });

  it('asks once for a row that a late index names twice', async () => {
    const before = marshall(
      { ...toJobRow({ ...(jobs[0] as typeof job), createdAt: NOW - MINUTE }) },
      { removeUndefinedValues: true },
    );
    const { dynamoDb, read } = answering({ Items: [inIndex[0] as Row, before], Responses: rows.slice(0, 1) });
    expect(await read()).toEqual({ jobs: jobs.slice(0, 1), next: undefined });
    const [batch] = dynamoDb.commandCalls(BatchGetItemCommand);
    expect(batch?.args[0].input.RequestItems?.[TABLE_NAME]?.Keys).toEqual(keys.slice(0, 1));
  });
});

describe('presence', () => {
  const agent = sampleAgentKey();

  it('is one update, of an agent that is enrolled, and changes no more than this', async () => {
    expect(await commandOf((table) => createPresence(table).seen(agent, NOW))).toEqual([
      'UpdateItemCommand',
      {
        TableName: TABLE_NAME,
        Key: marshall({ pk: `ACCOUNT#${agent.accountId}`, sk: `AGENT#${agent.keyId}` }),
        UpdateExpression: 'SET #lastSeenAt = :v0, #pool = :v1',
        ConditionExpression: '(#state = :v2) OR (#state = :v3)',
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ExpressionAttributeNames: { '#lastSeenAt': 'lastSeenAt', '#pool': 'pool', '#state': 'state' },
        ExpressionAttributeValues: marshall({ ':v0': NOW, ':v1': 'default', ':v2': 'active', ':v3': 'paused' }),
      },
    ]);
  });

  it('of all agents of an account is one query a page, among their rows alone', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    const rows = ['one', 'other'].map((agentId) => samplePresence({ agentId, lastSeenAt: undefined }));
    const [first, second] = rows.map(({ agentId, ...row }) =>
      marshall({ pk: 'ACCOUNT#a', sk: `AGENT#${agentId}`, ...row }, { removeUndefinedValues: true }),
    );
    const LastEvaluatedKey = marshall({ pk: 'ACCOUNT#a', sk: 'AGENT#one' });
    dynamoDb
      .on(QueryCommand)
      .resolvesOnce({ Items: [first as Row], LastEvaluatedKey })
      .resolvesOnce({ Items: [second as Row] });
    expect(await createPresence(table).list('a')).toEqual(rows);
    const query = {
      TableName: TABLE_NAME,
      KeyConditionExpression: '(#pk = :v0) AND (begins_with(#sk, :v1))',
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
      ExpressionAttributeValues: marshall({ ':v0': 'ACCOUNT#a', ':v1': 'AGENT#' }),
    };
    expect(commandsOf(dynamoDb)).toEqual([
      ['QueryCommand', query],
      ['QueryCommand', { ...query, ExclusiveStartKey: LastEvaluatedKey }],
    ]);
  });
});

describe('enrolment', () => {
  it('writes grant, key and presence in one transaction, and only while the grant is unused and the key not revoked; what the operator said stays', async () => {
    const { dynamoDb, client, table } = recordedDynamoDb();
    dynamoDb.onAnyCommand().resolves({});
    const [grant, agent] = [sampleGrant(), sampleAgentKey()];
    await createEnrollment(client, table).redeem(grant, agent, { thumbprint: 'print', name: 'desk', nowMs: NOW });
    expect(commandsOf(dynamoDb)).toEqual([
      [
        'TransactWriteItemsCommand',
        {
          TransactItems: [
            {
              Update: {
                TableName: TABLE_NAME,
                Key: marshall({ pk: `ENROLL#${grant.tokenSha256}`, sk: 'ENROLL' }),
                UpdateExpression: 'SET usedBy = :thumbprint',
                ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(usedBy)',
                ExpressionAttributeValues: marshall({ ':thumbprint': 'print' }),
              },
            },
            {
              Update: {
                TableName: TABLE_NAME,
                Key: marshall({ pk: `KEY#${agent.keyId}`, sk: 'KEY' }),
                UpdateExpression: `SET ${Object.keys(agent)
                  .map((name, index) => `#${name} = :v${index}`)
                  .join(', ')}`,
                ConditionExpression: 'attribute_not_exists(#revokedAt)',
                ExpressionAttributeNames: Object.fromEntries(
                  [...Object.keys(agent), 'revokedAt'].map((name) => [`#${name}`, name]),
                ),
                ExpressionAttributeValues: marshall(
                  Object.fromEntries(Object.values(agent).map((value, index) => [`:v${index}`, value])),
                ),
              },
            },
            {
              Update: {
                TableName: TABLE_NAME,
                Key: marshall({ pk: `ACCOUNT#${agent.accountId}`, sk: `AGENT#${agent.keyId}` }),
                UpdateExpression:
                  'SET #name = :v0, #pool = :v1, #labels = :v2, #enrolledAt = :v3, #state = if_not_exists(#state, :v4)',
                ExpressionAttributeNames: Object.fromEntries(
                  ['name', 'pool', 'labels', 'enrolledAt', 'state'].map((name) => [`#${name}`, name]),
                ),
                ExpressionAttributeValues: marshall({
                  ':v0': 'desk',
                  ':v1': 'default',
                  ':v2': grant.labels,
                  ':v3': NOW,
                  ':v4': 'active',
                }),
              },
            },
          ],
        },
      ],
    ]);
  });
});

describe('failed conditions', () => {
  it('bring along what stands there, without a second read', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    const Item = marshall(toJobRow(job), { removeUndefinedValues: true });
    dynamoDb.on(UpdateItemCommand).rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'no', Item }));
    expect(await createJobStore(table).release(hold, NOW)).toEqual({ done: false, job });
    expect(dynamoDb.commandCalls(GetItemCommand)).toHaveLength(0);
  });
});

it('puts no value into an expression, however it looks', async () => {
  const hostile = "x) OR attribute_exists(pk) OR (#state = :v0 'leased";
  const evil = sampleJob({ accountId: hostile, pool: hostile, fingerprint: hostile, leaseUntil: NOW });
  const evilHold = { ...hold, jobId: hostile, agentId: hostile };
  const { dynamoDb, client, table } = recordedDynamoDb();
  dynamoDb.onAnyCommand().resolves({});
  const jobs = createJobStore(table);
  const details = { thumbprint: hostile, name: hostile, nowMs: NOW };
  const acts = [
    jobs.create(evil, NOW),
    jobs.lease(evil, { agentId: hostile, nowMs: NOW, leaseUntil: NOW, attemptLimit: 5 }),
    jobs.renew(evilHold, { nowMs: NOW, leaseUntil: NOW, leasedSince: NOW }),
    jobs.release(evilHold, NOW),
    jobs.complete(evilHold, { result: sampleResult({ finalUrl: hostile }), evidenceSha256: hostile, nowMs: NOW }),
    jobs.end(evil, { state: 'failed', reason: hostile, nowMs: NOW }),
    jobs.moveDue(evil, NOW, 1),
    createOneTimeValues(table).claim({ keyId: hostile, value: hostile, expiresAtMs: NOW }, NOW),
    createQuotaLedger(table).take(hostile, 1, { jobsPerMonth: 10, jobsPerMinute: 10 }, NOW),
    createQuotaLedger(table).refund(hostile, hostile, 1, hostile),
    createQuotaLedger(table).read(hostile, NOW),
    createEvidenceStore(table).save(evilHold, hostile, NOW),
    createDeliveryLog(table).record(sampleDelivery({ endpointId: hostile, eventId: hostile })),
    createDeliveryLog(table).clearDue(sampleDelivery({ endpointId: hostile, eventId: hostile, dueAt: NOW })),
    createDirectory(table, () => NOW).listEndpoints(hostile),
    createPresence(table).seen(sampleAgentKey({ accountId: hostile, keyId: hostile, pool: hostile }), NOW),
    createPresence(table).list(hostile),
    createJobHistory(table).readPage(hostile, { sinceMs: 0, before: { jobId: hostile, createdAt: NOW }, limit: 50 }),
    createEnrollment(client, table).redeem(sampleGrant(), sampleAgentKey({ accountId: hostile }), details),
  ];
  await Promise.allSettled(acts);
  expect(dynamoDb.calls()).toHaveLength(acts.length);
  for (const [, input] of commandsOf(dynamoDb)) expect(expressionsIn(input).filter(isHostile)).toEqual([]);
  expect(JSON.stringify(commandsOf(dynamoDb))).toContain(JSON.stringify(hostile).slice(1, -1));
  function isHostile(expression: string): boolean {
    return expression.includes("'") || expression.includes('attribute_exists(pk) OR');
  }
});

/** Every expression and every attribute name, at whatever depth. */
function expressionsIn(input: unknown): string[] {
  if (typeof input !== 'object' || input === null) return [];
  return Object.entries(input).flatMap(([name, value]) => {
    if (name.endsWith('Expression')) return [String(value)];
    if (name === 'ExpressionAttributeNames') return Object.values(value as Record<string, string>);
    return name === 'Item' || name === 'Key' ? [] : expressionsIn(value);
  });
}
