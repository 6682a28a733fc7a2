// The operator's side of the running laptop cloud: the same adapters as the functions, at its endpoints.
import { randomBytes } from 'node:crypto';
import { createDynamoDbClient, createSecretsManagerClient, createSqsClient } from '../aws/clients.ts';
import { createDeliveryLog } from '../aws/dynamodb-delivery-log.ts';
import { createDirectory } from '../aws/dynamodb-directory.ts';
import { createDueWork } from '../aws/dynamodb-due-work.ts';
import { createJobHistory } from '../aws/dynamodb-job-history.ts';
import { createJobStore } from '../aws/dynamodb-jobs.ts';
import { createQuotaLedger } from '../aws/dynamodb-quota.ts';
import { DynamoTable } from '../aws/dynamodb-table.ts';
import { readEnvironment } from '../aws/environment.ts';
import { createRegistry } from '../aws/registry.ts';
import { createKeyRings } from '../aws/secrets-key-ring.ts';
import { createDeliveryQueue } from '../aws/sqs-delivery-queue.ts';
import { createJobQueues } from '../aws/sqs-job-queues.ts';
import type { Journal } from '../relay/ports.ts';
import type { LaptopCloud } from './cloud/laptop-cloud.ts';

const SILENT: Journal = { record: () => {} };

export type OperatorAccess = ReturnType<typeof openOperatorAccess>;

/** Every port that the operator's tools use. Outcomes are counted by whoever calls, so nothing is logged here. */
export function openOperatorAccess(cloud: LaptopCloud) {
  const variables = cloud.environmentOf('sweep');
  const { SIGNET_TABLE_NAME, SIGNET_JOB_QUEUE_URL_PREFIX, SIGNET_DELIVERY_QUEUE_URL } = readEnvironment(
    'sweep',
    variables,
  );
  const { SIGNET_INBOUND_RING_ARN } = readEnvironment('links', cloud.environmentOf('links'));
  const { SIGNET_OUTBOUND_RING_ARN } = readEnvironment('deliver', cloud.environmentOf('deliver'));
  const account = {
    region: variables['AWS_REGION'] ?? 'us-east-1',
    credentials: { accessKeyId: 'laptop', secretAccessKey: 'laptop' },
  };
  const table = new DynamoTable(
    createDynamoDbClient({ ...account, endpoint: cloud.endpoints.dynamodb }),
    SIGNET_TABLE_NAME,
  );
  const sqs = createSqsClient({ ...account, endpoint: cloud.endpoints.sqs });
  const secrets = createSecretsManagerClient({ ...account, endpoint: cloud.endpoints.secretsManager });
  const clock = Date.now;
  return {
    clock,
    randomBytes,
    journal: SILENT,
    registry: createRegistry(table, sqs, SIGNET_JOB_QUEUE_URL_PREFIX),
    directory: createDirectory(table, clock),
    history: createJobHistory(table),
    jobs: createJobStore(table),
    due: createDueWork(table),
    quota: createQuotaLedger(table),
    log: createDeliveryLog(table),
    queues: createJobQueues(sqs, SIGNET_JOB_QUEUE_URL_PREFIX),
    deliveries: createDeliveryQueue(sqs, SIGNET_DELIVERY_QUEUE_URL),
    inboundRing: createKeyRings(secrets, SIGNET_INBOUND_RING_ARN, clock),
    outboundRing: createKeyRings(secrets, SIGNET_OUTBOUND_RING_ARN, clock),
  };
}
