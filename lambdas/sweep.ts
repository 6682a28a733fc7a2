// The sweep function: handles the jobs and deliveries that are due, once a minute.
import { createDynamoDbClient, createSqsClient } from '../lib/aws/clients.ts';
import { readEnvironment } from '../lib/aws/lambda/environment.ts';
import { createDeliveryQueue } from '../lib/aws/queues/sqs-delivery-queue.ts';
import { createJobQueues } from '../lib/aws/queues/sqs-job-queues.ts';
import { createQueueDepths } from '../lib/aws/queues/sqs-queue-inventory.ts';
import { createDeliveryLog } from '../lib/aws/stores/dynamodb-delivery-log.ts';
import { createDueWork } from '../lib/aws/stores/dynamodb-due-work.ts';
import { createEmptyQueues } from '../lib/aws/stores/dynamodb-empty-queues.ts';
import { createJobStore } from '../lib/aws/stores/dynamodb-jobs.ts';
import { createQuotaLedger } from '../lib/aws/stores/dynamodb-quota.ts';
import { DynamoTable } from '../lib/aws/table/dynamodb-table.ts';
import { sweep } from '../lib/relay/sweep/sweep.ts';
import { clock, eventLog, scheduledFunction } from './runtime.ts';

const environment = readEnvironment('sweep', process.env);
const table = new DynamoTable(createDynamoDbClient(), environment.SIGNET_TABLE_NAME);
const sqs = createSqsClient();
const ports = {
  due: createDueWork(table),
  jobs: createJobStore(table),
  queues: createJobQueues(sqs, environment.SIGNET_JOB_QUEUE_URL_PREFIX),
  inventory: createQueueDepths(sqs, environment.SIGNET_JOB_QUEUE_URL_PREFIX),
  emptyQueues: createEmptyQueues(table),
  log: createDeliveryLog(table),
  deliveries: createDeliveryQueue(sqs, environment.SIGNET_DELIVERY_QUEUE_URL),
  quota: createQuotaLedger(table),
  eventLog,
  clock,
};

export const handler = scheduledFunction(() => sweep(ports));
