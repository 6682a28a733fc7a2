// The links function: partner and public routes.
import { createDynamoDbClient, createSecretsManagerClient, createSqsClient } from '../lib/aws/clients.ts';
import { readEnvironment } from '../lib/aws/lambda/environment.ts';
import { createJobQueues } from '../lib/aws/queues/sqs-job-queues.ts';
import { createImportedSecrets } from '../lib/aws/secrets/imported-secrets.ts';
import { createKeyRings } from '../lib/aws/secrets/secrets-key-ring.ts';
import { createPresence } from '../lib/aws/stores/dynamodb-agents.ts';
import { createDeliveryLog } from '../lib/aws/stores/dynamodb-delivery-log.ts';
import { createDirectory } from '../lib/aws/stores/dynamodb-directory.ts';
import { createEvidenceStore } from '../lib/aws/stores/dynamodb-evidence.ts';
import { createJobHistory } from '../lib/aws/stores/dynamodb-job-history.ts';
import { createJobStore } from '../lib/aws/stores/dynamodb-jobs.ts';
import { createKeyUses } from '../lib/aws/stores/dynamodb-keys.ts';
import { createOneTimeValues } from '../lib/aws/stores/dynamodb-one-time-values.ts';
import { createQuotaLedger } from '../lib/aws/stores/dynamodb-quota.ts';
import { DynamoTable } from '../lib/aws/table/dynamodb-table.ts';
import { linksHandlers } from '../lib/relay/handlers/links-handlers.ts';
import { createRequestPipeline } from '../lib/relay/http/request-pipeline.ts';
import { addressPolicy, clock, eventLog, httpFunction } from './runtime.ts';

const environment = readEnvironment('links', process.env);
const table = new DynamoTable(createDynamoDbClient(), environment.SIGNET_TABLE_NAME);
const secretsManager = createSecretsManagerClient();
const ports = {
  directory: createDirectory(table, clock),
  inboundRing: createKeyRings(secretsManager, environment.SIGNET_INBOUND_RING_ARN, clock),
  importedSecrets: createImportedSecrets(secretsManager, clock),
  keyUses: createKeyUses(table),
  oneTimeValues: createOneTimeValues(table),
  jobs: createJobStore(table),
  history: createJobHistory(table),
  quota: createQuotaLedger(table),
  evidence: createEvidenceStore(table),
  log: createDeliveryLog(table),
  presence: createPresence(table),
  queues: createJobQueues(createSqsClient(), environment.SIGNET_JOB_QUEUE_URL_PREFIX),
  addresses: addressPolicy,
  eventLog,
  clock,
};

export const handler = httpFunction(createRequestPipeline(ports, linksHandlers(ports)));
