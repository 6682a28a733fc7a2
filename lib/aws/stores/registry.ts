// What the operator's tools create: keys, enrolment grants and job queues.
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Registry } from '../../relay/operator/operator-ports.ts';
import { createJobQueue } from '../queues/sqs-job-queues.ts';
import type { DynamoTable } from '../table/dynamodb-table.ts';
import { expiresAtSeconds, ITEM_KEYS } from '../table/item-keys.ts';
import { toAccountKeyRow, toKeyRow } from '../table/key-row.ts';

/** Returns the registry on the table and on SQS. */
export function createRegistry(table: DynamoTable, sqs: SQSClient, jobQueueUrlPrefix: string): Registry {
  return {
    async putKey(key) {
      if (key.kind === 'partner') await table.put(toAccountKeyRow(key));
      await table.put(toKeyRow(key));
    },
    async putGrant({ tokenSha256, expiresAt, ...grant }) {
      await table.put({
        ...ITEM_KEYS.grant(tokenSha256),
        ...grant,
        tokenExpiresAt: expiresAt,
        expiresAt: expiresAtSeconds(expiresAt),
      });
    },
    createQueue: (pool) => createJobQueue(sqs, jobQueueUrlPrefix, pool),
  };
}
