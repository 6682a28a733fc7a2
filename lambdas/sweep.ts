// The sweep function: once a minute, whatever is due.
import { createDynamoDbClient, createSqsClient } from '../lib/aws/clients.ts';
import { createDeliveryLog } from '../lib/aws/dynamodb-delivery-log.ts';
import { createDueWork } from '../lib/aws/dynamodb-due-work.ts';
import { createJobStore } from '../lib/aws/dynamodb-jobs.ts';
import { createQuotaLedger } from '../lib/aws/dynamodb-quota.ts';
import { DynamoTable } from '../lib/aws/dynamodb-table.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { createDeliveryQueue } from '../lib/aws/sqs-delivery-queue.ts';
import { createJobQueues } from '../lib/aws/sqs-job-queues.ts';
import { sweep } from '../lib/relay/sweep.ts';
import { clock, journal, scheduledFunction } from './runtime.ts';

const environment = readEnvironment('sweep', process.env);
const table = new DynamoTable(createDynamoDbClient(), environment.SIGNET_TABLE_NAME);
const sqs = createSqsClient();
const ports = {
  due: createDueWork(table),
  jobs: createJobStore(table),
  queues: createJobQueues(sqs, environment.SIGNET_JOB_QUEUE_URL_PREFIX),
  log: createDeliveryLog(table),
  deliveries: createDeliveryQueue(sqs, environment.SIGNET_DELIVERY_QUEUE_URL),
  quota: createQuotaLedger(table),
  journal,
  clock,
};

export const handler = scheduledFunction(() => sweep(ports));
