// The commands that reach DynamoDB: which reads are consistent, and which condition each write has.
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
import { readableCommandsOf } from '../../support/readable-commands.ts';
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
  sampleLease,
  samplePartnerKey,
  samplePresence,
  sampleResult,
} from '../../support/relay/samples.ts';

/** Returns the only command that `act` sends. Errors about the empty answer do not matter here. */
async function commandOf(act: (table: DynamoTable) => Promise<unknown>) {
  const { dynamoDb, table } = recordedDynamoDb();
  dynamoDb.onAnyCommand().resolves({});
  await act(table).catch(() => {});
  const [command, ...others] = readableCommandsOf(dynamoDb);
  expect(others).toEqual([]);
  return command;
}

type Row = Record<string, AttributeValue>;

const job = sampleJob({ dueAt: NOW + 2 * MINUTE });
const hold = holdOf({ ...job, fence: 3 });
const key = marshall({ pk: `JOB#${job.jobId}`, sk: 'JOB' });

describe('jobs', () => {
  it('finds a job with a consistent read', async () => {
    expect(await commandOf((table) => createJobStore(table).find(job.jobId))).toEqual([
      'GetItemCommand',
      { TableName: TABLE_NAME, Key: key, ConsistentRead: true },
    ]);
  });

  it('creates a job only if there is none or an expired one', async () => {
    expect(await commandOf((table) => createJobStore(table).create(job, NOW))).toEqual([
      'PutItemCommand',
      {
        TableName: TABLE_NAME,
        Item: marshall(toJobRow(job), { removeUndefinedValues: true }),
        ConditionExpression: `attribute_not_exists(pk) OR createdAt <= ${NOW - 30 * DAY}`,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ]);
  });

  it('leases a job of this incarnation, account and pool that is queued or has an expired lease, with time and attempts left', async () => {
    const lease = sampleLease({ agentId: AGENT_ID, nowMs: NOW, leaseUntil: NOW + 2 * MINUTE });
    expect(await commandOf((table) => createJobStore(table).lease(job, lease))).toEqual([
      'UpdateItemCommand',
      {
        TableName: TABLE_NAME,
        Key: key,
        UpdateExpression:
          `SET state = "leased", leasedBy = "${AGENT_ID}", leasedAt = ${NOW}, ` +
          `leaseUntil = ${NOW + 2 * MINUTE}, updatedAt = ${NOW} ADD fence 1, attempts 1`,
        ConditionExpression:
          `createdAt = ${NOW} AND (account = "${job.accountId}" AND pool = "default") AND ` +
          `(state = "queued" OR (state = "leased" AND leaseUntil <= ${NOW}))` +
          ` AND (deadlineAt > ${NOW} AND attempts < 5)`,
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ]);
  });

  it('completes a job only under the same lease, and removes its row from the due index', async () => {
    const end = { result: sampleResult(), evidenceSha256: 'sha', nowMs: NOW };
    const [, input] = (await commandOf((table) => createJobStore(table).complete(hold, end))) ?? [];
    expect(input).toMatchObject({
      UpdateExpression:
        `SET state = "completed", result = ${JSON.stringify(JSON.stringify(end.result))}, evidenceSha256 = "sha", ` +
        `updatedAt = ${NOW} REMOVE dueAt, dueShard, leasedAt, leaseUntil`,
      ConditionExpression:
        `createdAt = ${NOW} AND account = "${job.accountId}" AND state = "leased" AND fence = 3 AND ` +
        `leasedBy = "${AGENT_ID}"`,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  it('ends a job only if nothing has changed since it was read', async () => {
    const end = { state: 'expired', reason: 'deadline_passed', nowMs: NOW } as const;
    const [, input] = (await commandOf((table) => createJobStore(table).end(job, end))) ?? [];
    expect(input).toMatchObject({
      ConditionExpression:
        `createdAt = ${NOW} AND state = "queued" AND fence = 0 AND attribute_not_exists(leaseUntil)` +
        ` AND dueAt = ${NOW + 2 * MINUTE}`,
    });
  });
});

describe('one-time values', () => {
  it('claims a value only if there is no row or an expired one', async () => {
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
        ConditionExpression: `attribute_not_exists(pk) OR expiresAt < ${Math.floor(NOW / 1000)}`,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ]);
  });
});

describe('keys', () => {
  const read = samplePartnerKey({ keyId: 'key-1', allowUnboundDelete: true });
  const where = { TableName: TABLE_NAME, Key: marshall({ pk: 'KEY#key-1', sk: 'KEY' }) };

  it('change only if they are as they were read, and only in what an operator may change', async () => {
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
        UpdateExpression: `SET versions = ${JSON.stringify(after.versions)}, revokedAt = ${NOW} REMOVE allowUnboundDelete, usedAt_1`,
        ConditionExpression: `attribute_exists(pk) AND versions = ${JSON.stringify(read.versions)} AND attribute_not_exists(revokedAt) AND allowUnboundDelete = true`,
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ]);
  });

  it('record their use in one write, unless a recent use is recorded', async () => {
    const use = { keyId: 'key-1', version: 2, nowMs: NOW };
    expect(await commandOf((table) => createKeyUses(table).record(use, NOW - MINUTE))).toMatchObject([
      'UpdateItemCommand',
      {
        ...where,
        UpdateExpression: `SET usedAt_2 = ${NOW}`,
        ConditionExpression: `attribute_exists(pk) AND (attribute_not_exists(usedAt_2) OR usedAt_2 < ${NOW - MINUTE})`,
      },
    ]);
  });

  it('get the row that finds them by account before their own row', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    dynamoDb.onAnyCommand().resolves({});
    await createKeyRegister(table).create(read);
    const pointer = { pk: `ACCOUNT#${read.accountId}`, sk: 'KEY#key-1', keyId: 'key-1' };
    expect(readableCommandsOf(dynamoDb)).toMatchObject([
      ['PutItemCommand', { Item: marshall(pointer) }],
      ['PutItemCommand', { Item: { pk: { S: 'KEY#key-1' } }, ConditionExpression: 'attribute_not_exists(pk)' }],
    ]);
  });
});

it('claims a secret under its digest, after a row in its account, and only if it is free or has the same owner', async () => {
  const { dynamoDb, table } = recordedDynamoDb();
  dynamoDb.onAnyCommand().resolves({});
  const owner = { direction: 'inbound', accountId: 'acme', id: 'key-1', version: 1 } as const;
  await createSecretClaims(table).claim('d1', owner);
  expect(readableCommandsOf(dynamoDb)).toMatchObject([
    ['PutItemCommand', { Item: marshall({ pk: 'ACCOUNT#acme', sk: 'SECRET#d1', digest: 'd1' }) }],
    [
      'PutItemCommand',
      {
        Item: marshall({ pk: 'SECRET#d1', sk: 'SECRET', ...owner }),
        ConditionExpression:
          'attribute_not_exists(pk) OR (direction = "inbound" AND accountId = "acme" AND id = "key-1" AND version = 1)',
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

  it('reads single rows consistently: evidence, grants, delivery records, keys, accounts and endpoints', async () => {
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

  it('reads the next page from where the previous one ended', async () => {
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
    const queries = readableCommandsOf(dynamoDb).map(([, input]) => input);
    expect(queries).toHaveLength(17);
    expect(queries[0]).toMatchObject({
      IndexName: 'byDue',
      KeyConditionExpression: `dueShard = 0 AND dueAt <= ${NOW}`,
    });
    expect(queries[0]).toMatchObject({ Limit: 1_000 });
    expect(queries[1]).toMatchObject({ KeyConditionExpression: `dueShard = 1 AND dueAt <= ${NOW}` });
    expect(queries[16]).toEqual({ ...queries[0], ExclusiveStartKey: LastEvaluatedKey });
  });

  it('skips due rows of a kind that this version does not know', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    const rows = ['PROBE', 'EVENT#', 'EVENT#2026-11-22T12:00:00.000Z#', 'EVIDENCE', 'JOB'];
    dynamoDb
      .onAnyCommand()
      .resolves({})
      .resolvesOnce({ Items: rows.map((sk) => marshall({ pk: 'JOB#a', sk, dueAt: NOW })) });
    expect(await Array.fromAsync(createDueWork(table).findDue(NOW))).toEqual([{ kind: 'job', jobId: 'a', dueAt: NOW }]);
  });
});

describe('a page of an account’s jobs', () => {
  const jobs = [0, 1, 2].map((index) => sampleJob({ createdAt: NOW - index }));
  const rows = jobs.map((one) => marshall(toJobRow(one), { removeUndefinedValues: true }));
  /** The attributes of each row that the index has. */
  const inIndex = rows.map(({ pk, sk, account, createdAtJobId }) => ({ pk, sk, account, createdAtJobId }) as Row);
  const keys = rows.map(({ pk, sk }) => ({ pk, sk }) as Row);
  const range: Parameters<JobHistory['readPage']>[1] = { sinceMs: NOW - MINUTE, before: undefined, limit: 50 };

  /** Returns a reader over a table whose index and rows answer like this. */
  function answering(found: { Items: readonly Row[]; Responses: readonly Row[]; leftOver?: readonly Row[] }) {
    const { dynamoDb, table } = recordedDynamoDb();
    dynamoDb.on(QueryCommand).resolves({ Items: [...found.Items] });
    dynamoDb.on(BatchGetItemCommand).resolves({
      Responses: { [TABLE_NAME]: [...found.Responses] },
      ...(found.leftOver && { UnprocessedKeys: { [TABLE_NAME]: { Keys: [...found.leftOver] } } }),
    });
    return { dynamoDb, read: (page = range) => createJobHistory(table).readPage(ACCOUNT.accountId, page) };
  }

  it('needs one query and one read of all its rows, in any order of the answer', async () => {
    const { dynamoDb, read } = answering({ Items: inIndex, Responses: rows.toReversed() });
    expect(await read()).toEqual({ jobs, next: undefined });
    expect(readableCommandsOf(dynamoDb)).toEqual([
      [
        'QueryCommand',
        {
          TableName: TABLE_NAME,
          IndexName: 'byAccount',
          KeyConditionExpression: `account = "${ACCOUNT.accountId}" AND createdAtJobId >= "2026-11-22T11:59:00.250Z"`,
          ScanIndexForward: false,
          Limit: 51,
        },
      ],
      ['BatchGetItemCommand', { RequestItems: { [TABLE_NAME]: { Keys: keys, ConsistentRead: true } } }],
    ]);
  });

  it('does not read the row of the extra key that shows whether there is more', async () => {
    const { dynamoDb, read } = answering({ Items: inIndex, Responses: rows.slice(0, 2) });
    expect(await read({ ...range, limit: 2 })).toEqual({
      jobs: jobs.slice(0, 2),
      next: { jobId: jobs[1]?.jobId, createdAt: NOW - 1 },
    });
    const [batch] = dynamoDb.commandCalls(BatchGetItemCommand);
    expect(batch?.args[0].input.RequestItems?.[TABLE_NAME]?.Keys).toEqual(keys.slice(0, 2));
  });

  it('reads no rows when the index has none', async () => {
    const { dynamoDb, read } = answering({ Items: [], Responses: [] });
    expect(await read()).toEqual({ jobs: [], next: undefined });
    expect(dynamoDb.calls()).toHaveLength(1);
  });

  it('starts after a key that it builds from creation time and id', async () => {
    const { dynamoDb, read } = answering({ Items: [], Responses: [] });
    const [first] = jobs;
    await read({ ...range, before: first });
    expect(dynamoDb.commandCalls(QueryCommand)[0]?.args[0].input.ExclusiveStartKey).toEqual(inIndex[0]);
  });

  it('sends nothing when that key is outside the range, because the service would reject it', async () => {
    const { dynamoDb, read } = answering({ Items: [], Responses: [] });
    expect(await read({ ...range, before: { ...job, createdAt: NOW - MINUTE - 1 } })).toEqual({
      jobs: [],
      next: undefined,
    });
    expect(dynamoDb.calls()).toHaveLength(0);
    await read({ ...range, before: { ...job, createdAt: NOW - MINUTE } });
    expect(dynamoDb.calls()).toHaveLength(1);
  });

  it('reads unprocessed keys one by one', async () => {
    const { dynamoDb, read } = answering({ Items: inIndex, Responses: rows.slice(0, 1), leftOver: keys.slice(1) });
    for (const [index, Key] of keys.entries())
      dynamoDb.on(GetItemCommand, { Key, ConsistentRead: true }).resolves({ Item: rows[index] as Row });
    expect(await read()).toEqual({ jobs, next: undefined });
    expect(dynamoDb.commandCalls(GetItemCommand)).toHaveLength(2);
  });

  it('skips deleted rows, and rows of a later job with the same id', async () => {
    const [first, , third] = jobs;
    const later = marshall(toJobRow({ ...(third as typeof job), createdAt: NOW + MINUTE }), {
      removeUndefinedValues: true,
    });
    const { read } = answering({ Items: inIndex, Responses: [rows[0] as Row, later] });
    expect(await read()).toEqual({ jobs: [first], next: undefined });
  });

  it('reads a row once when a late index names it twice', async () => {
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

  it('changes only the last contact of an enrolled agent, in one update', async () => {
    expect(await commandOf((table) => createPresence(table).recordSeen(agent, NOW))).toEqual([
      'UpdateItemCommand',
      {
        TableName: TABLE_NAME,
        Key: marshall({ pk: `ACCOUNT#${agent.accountId}`, sk: `AGENT#${agent.keyId}` }),
        UpdateExpression: `SET lastSeenAt = ${NOW}, pool = "default"`,
        ConditionExpression: 'state = "active" OR state = "paused"',
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    ]);
  });

  it('lists an account’s agents with one query per page, over their rows only', async () => {
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
      KeyConditionExpression: 'pk = "ACCOUNT#a" AND begins_with(sk, "AGENT#")',
    };
    expect(readableCommandsOf(dynamoDb)).toEqual([
      ['QueryCommand', query],
      ['QueryCommand', { ...query, ExclusiveStartKey: LastEvaluatedKey }],
    ]);
  });
});

describe('enrolment', () => {
  it('redeems an unused grant for a key that is not revoked, in one transaction, and keeps the agent’s state', async () => {
    const { dynamoDb, client, table } = recordedDynamoDb();
    dynamoDb.onAnyCommand().resolves({});
    const [grant, agent] = [sampleGrant(), sampleAgentKey()];
    await createEnrollment(client, table).redeem(grant, agent, { thumbprint: 'print', name: 'desk', nowMs: NOW });
    expect(readableCommandsOf(dynamoDb)).toEqual([
      [
        'TransactWriteItemsCommand',
        {
          TransactItems: [
            {
              Update: {
                TableName: TABLE_NAME,
                Key: marshall({ pk: `ENROLL#${grant.tokenSha256}`, sk: 'ENROLL' }),
                UpdateExpression: 'SET usedBy = "print"',
                ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(usedBy)',
              },
            },
            {
              Update: {
                TableName: TABLE_NAME,
                Key: marshall({ pk: `KEY#${agent.keyId}`, sk: 'KEY' }),
                UpdateExpression: `SET ${Object.entries(agent)
                  .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
                  .join(', ')}`,
                ConditionExpression: 'attribute_not_exists(revokedAt)',
              },
            },
            {
              Update: {
                TableName: TABLE_NAME,
                Key: marshall({ pk: `ACCOUNT#${agent.accountId}`, sk: `AGENT#${agent.keyId}` }),
                UpdateExpression:
                  `SET name = "desk", pool = "default", labels = ${JSON.stringify(grant.labels)}, ` +
                  `enrolledAt = ${NOW}, state = if_not_exists(state, "active")`,
              },
            },
          ],
        },
      ],
    ]);
  });
});

describe('failed conditions', () => {
  it('return the item that failed the condition, without a second read', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    const Item = marshall(toJobRow(job), { removeUndefinedValues: true });
    dynamoDb.on(UpdateItemCommand).rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'no', Item }));
    expect(await createJobStore(table).release(hold, NOW)).toEqual({ done: false, job });
    expect(dynamoDb.commandCalls(GetItemCommand)).toHaveLength(0);
  });
});

it('never puts a value into the text of an expression', async () => {
  const hostile = "x) OR attribute_exists(pk) OR (#state = :v0 'leased";
  const evil = sampleJob({ accountId: hostile, pool: hostile, fingerprint: hostile, leaseUntil: NOW });
  const evilHold = { ...hold, jobId: hostile, accountId: hostile, agentId: hostile };
  const { dynamoDb, client, table } = recordedDynamoDb();
  dynamoDb.onAnyCommand().resolves({});
  const jobs = createJobStore(table);
  const details = { thumbprint: hostile, name: hostile, nowMs: NOW };
  const acts = [
    jobs.create(evil, NOW),
    jobs.lease(evil, sampleLease({ accountId: hostile, pool: hostile, agentId: hostile })),
    jobs.renew(evilHold, { nowMs: NOW, leaseUntil: NOW, leasedSince: NOW }),
    jobs.release(evilHold, NOW),
    jobs.complete(evilHold, { result: sampleResult({ finalUrl: hostile }), evidenceSha256: hostile, nowMs: NOW }),
    jobs.end(evil, { state: 'failed', reason: hostile, nowMs: NOW }),
    jobs.moveDue(evil, { dueAt: NOW, resends: 1 }),
    createOneTimeValues(table).claim({ keyId: hostile, value: hostile, expiresAtMs: NOW }, NOW),
    createQuotaLedger(table).take(hostile, 1, { jobsPerMonth: 10, jobsPerMinute: 10 }, NOW),
    createQuotaLedger(table).refund(hostile, hostile, 1, hostile),
    createQuotaLedger(table).read(hostile, NOW),
    createEvidenceStore(table).save(evilHold, hostile, NOW),
    createDeliveryLog(table).record(sampleDelivery({ endpointId: hostile, eventId: hostile })),
    createDeliveryLog(table).clearDue(sampleDelivery({ endpointId: hostile, eventId: hostile, dueAt: NOW })),
    createDirectory(table, () => NOW).listEndpoints(hostile),
    createPresence(table).recordSeen(sampleAgentKey({ accountId: hostile, keyId: hostile, pool: hostile }), NOW),
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

/** Every expression and every attribute name, at any depth. */
function expressionsIn(input: unknown): string[] {
  if (typeof input !== 'object' || input === null) return [];
  return Object.entries(input).flatMap(([name, value]) => {
    if (name.endsWith('Expression')) return [String(value)];
    if (name === 'ExpressionAttributeNames') return Object.values(value as Record<string, string>);
    return name === 'Item' || name === 'Key' ? [] : expressionsIn(value);
  });
}
