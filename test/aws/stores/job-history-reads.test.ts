// How the job history reads: keys from the index, and the rows of 100 keys in one call.
import { BatchGetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, it } from 'vitest';
import { createJobHistory } from '../../../lib/aws/stores/dynamodb-job-history.ts';
import { toJobRow } from '../../../lib/aws/table/job-row.ts';
import { commandsOf, recordedDynamoDb, TABLE_NAME } from '../../support/recorded-client.ts';
import { ACCOUNT, sampleJob } from '../../support/relay/samples.ts';

it('reads 250 jobs with one query and three calls, in the order of the index', async () => {
  const { dynamoDb, table } = recordedDynamoDb();
  const jobs = Array.from({ length: 250 }, () => sampleJob());
  const rows = new Map(
    jobs.map((job) => [`JOB#${job.jobId}`, marshall(toJobRow(job), { removeUndefinedValues: true })]),
  );
  const keys = jobs.map(({ jobId, createdAt }) =>
    marshall({ pk: `JOB#${jobId}`, sk: 'JOB', createdAtJobId: `${new Date(createdAt).toISOString()}#${jobId}` }),
  );
  dynamoDb.on(QueryCommand).resolves({ Items: keys });
  dynamoDb.on(BatchGetItemCommand).callsFake(({ RequestItems }) => {
    const asked: readonly { pk: { S: string } }[] = RequestItems[TABLE_NAME].Keys;
    // The service answers in no order.
    return { Responses: { [TABLE_NAME]: asked.map(({ pk }) => rows.get(pk.S)).reverse() } };
  });
  const read = await Array.fromAsync(createJobHistory(table).listCreatedSince(ACCOUNT.accountId, 0));
  expect(read.map(({ jobId }) => jobId)).toEqual(jobs.map(({ jobId }) => jobId));
  const batch = ['BatchGetItemCommand', 'BatchGetItemCommand', 'BatchGetItemCommand'];
  expect(commandsOf(dynamoDb).map(([name]) => name)).toEqual(['QueryCommand', ...batch]);
});
