// The links function: partner and public routes.
import { createDynamoDbClient, createSecretsManagerClient, createSqsClient } from '../lib/aws/clients.ts';
import { createPresence } from '../lib/aws/dynamodb-agents.ts';
import { createDeliveryLog } from '../lib/aws/dynamodb-delivery-log.ts';
import { createDirectory } from '../lib/aws/dynamodb-directory.ts';
import { createEvidenceStore } from '../lib/aws/dynamodb-evidence.ts';
import { createJobHistory } from '../lib/aws/dynamodb-job-history.ts';
import { createJobStore } from '../lib/aws/dynamodb-jobs.ts';
import { createKeyUses } from '../lib/aws/dynamodb-keys.ts';
import { createOneTimeValues } from '../lib/aws/dynamodb-one-time-values.ts';
import { createQuotaLedger } from '../lib/aws/dynamodb-quota.ts';
import { DynamoTable } from '../lib/aws/dynamodb-table.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { createImportedSecrets } from '../lib/aws/imported-secrets.ts';
import { createKeyRings } from '../lib/aws/secrets-key-ring.ts';
import { createJobQueues } from '../lib/aws/sqs-job-queues.ts';
import { submitBatch } from '../lib/relay/admit-batch.ts';
import { submitLink } from '../lib/relay/admit-job.ts';
import { cancelLink, deleteLink } from '../lib/relay/cancel-link.ts';
import { checkAuth } from '../lib/relay/check-auth.ts';
import { createFrontDoor } from '../lib/relay/front-door.ts';
import { readHealth } from '../lib/relay/health.ts';
import { listLinks } from '../lib/relay/list-links.ts';
import { readOpenApi } from '../lib/relay/openapi/read-open-api.ts';
import { readEvidence, readLink } from '../lib/relay/read-link.ts';
import { readQuota } from '../lib/relay/read-quota.ts';
import { readTimeline } from '../lib/relay/read-timeline.ts';
import { addressPolicy, clock, httpFunction, journal } from './runtime.ts';

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
  journal,
  clock,
};

export const handler = httpFunction(
  createFrontDoor(ports, {
    submitLink: { audience: 'partner', handle: (call) => submitLink(ports, call) },
    submitBatch: { audience: 'partner', handle: (call) => submitBatch(ports, call) },
    cancelLink: { audience: 'partner', handle: (call) => cancelLink(ports, call) },
    deleteLink: { audience: 'partner', handle: (call) => deleteLink(ports, call) },
    listLinks: { audience: 'partner', handle: (call) => listLinks(ports, call) },
    getLink: { audience: 'partner', handle: (call) => readLink(ports, call) },
    getEvidence: { audience: 'partner', handle: (call) => readEvidence(ports, call) },
    getTimeline: { audience: 'partner', handle: (call) => readTimeline(ports, call) },
    checkAuth: { audience: 'partner', handle: checkAuth },
    getQuota: { audience: 'partner', handle: (call) => readQuota(ports, call) },
    openApi: { audience: 'anyone', handle: readOpenApi },
    health: { audience: 'anyone', handle: readHealth },
  }),
);
