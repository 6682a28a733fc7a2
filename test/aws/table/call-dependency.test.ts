// Failed calls: an error of the SDK is a failure of the dependency, and a failed condition is an answer.
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { createEnrollment } from '../../../lib/aws/stores/dynamodb-agents.ts';
import { createDirectory } from '../../../lib/aws/stores/dynamodb-directory.ts';
import { createDueWork } from '../../../lib/aws/stores/dynamodb-due-work.ts';
import { createJobStore } from '../../../lib/aws/stores/dynamodb-jobs.ts';
import { createOneTimeValues } from '../../../lib/aws/stores/dynamodb-one-time-values.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { recordedDynamoDb } from '../../support/recorded-client.ts';
import { NOW, sampleAgentKey, sampleGrant, sampleJob } from '../../support/relay/samples.ts';

const METADATA = { $metadata: {}, message: 'no' };
const CLAIM = { keyId: 'key-1', value: 'nonce-0123456789', expiresAtMs: NOW };

describe.each([
  ['throttling', new ProvisionedThroughputExceededException(METADATA)],
  ['a broken connection', Object.assign(new Error('socket hang up'), { name: 'TimeoutError' })],
  ['a missing table', Object.assign(new Error('no table'), { name: 'ResourceNotFoundException' })],
])('%s', (_what, failure) => {
  it('is a failure of the dependency, with its cause, in reads, writes and queries', async () => {
    const { dynamoDb, table } = recordedDynamoDb();
    for (const command of [GetItemCommand, PutItemCommand, UpdateItemCommand, QueryCommand])
      dynamoDb.on(command as never).rejects(failure as never);
    const calls = [
      createJobStore(table).find('job_1'),
      createJobStore(table).create(sampleJob(), NOW),
      createJobStore(table).moveDue(sampleJob(), { dueAt: NOW, resends: 1 }),
      createOneTimeValues(table).claim(CLAIM, NOW),
      createDirectory(table, () => NOW).findKey('key-1'),
      createDirectory(table, () => NOW).listEndpoints('acme'),
      Array.fromAsync(createDueWork(table).findDue(NOW)),
    ];
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ status: 'rejected', reason: expect.any(DependencyUnavailable) });
      expect(call).toMatchObject({ reason: { cause: failure } });
    }
  });
});

it('treats a failed condition as an answer', async () => {
  const { dynamoDb, table } = recordedDynamoDb();
  dynamoDb.on(PutItemCommand).rejects(new ConditionalCheckFailedException(METADATA));
  expect(await createOneTimeValues(table).claim(CLAIM, NOW)).toBe(false);
  expect(await createJobStore(table).create(sampleJob(), NOW)).toEqual({ done: false, job: undefined });
});

it.each([
  ['its own row, after a put that the SDK repeated', 'claim-1', true],
  ['the row of another claim', 'claim-2', false],
])('decides whether a claim wins that finds %s', async (_what, existingClaim, won) => {
  const { dynamoDb, table } = recordedDynamoDb();
  const Item = marshall({ claimId: existingClaim });
  dynamoDb.on(PutItemCommand).rejects(new ConditionalCheckFailedException({ ...METADATA, Item }));
  expect(await createOneTimeValues(table, () => 'claim-1').claim(CLAIM, NOW)).toBe(won);
});

describe('a canceled transaction', () => {
  function redeemAfter(codes: readonly string[]) {
    const { dynamoDb, client, table } = recordedDynamoDb();
    const CancellationReasons = codes.map((Code) => ({ Code }));
    dynamoDb
      .on(TransactWriteItemsCommand)
      .rejects(new TransactionCanceledException({ ...METADATA, CancellationReasons }));
    const details = { thumbprint: 'print', name: '', nowMs: NOW };
    return createEnrollment(client, table).redeem(sampleGrant(), sampleAgentKey(), details);
  }

  it('returns false when its condition failed', async () => {
    expect(await redeemAfter(['ConditionalCheckFailed', 'None', 'None'])).toBe(false);
  });

  it.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'is a retryable failure after %s, because nobody has used the token',
    async (code) => {
      await expect(redeemAfter([code, 'None', 'None'])).rejects.toThrow(DependencyUnavailable);
    },
  );
});
