// The operator's side of a deployment: the same adapters as the functions, with the operator's own credentials.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createTargetPolicy } from '../../relay/delivery/target-policy.ts';
import type { EventLog } from '../../relay/model/ports.ts';
import { type ClientOptions, createDynamoDbClient, createSecretsManagerClient, createSqsClient } from '../clients.ts';
import { createDeliveryQueue } from '../queues/sqs-delivery-queue.ts';
import { createJobQueues } from '../queues/sqs-job-queues.ts';
import { createBacklog, createQueueInventory } from '../queues/sqs-queue-inventory.ts';
import { createImportedSecretStore } from '../secrets/imported-secrets.ts';
import { createKeyRings } from '../secrets/secrets-key-ring.ts';
import { createAccountRegister } from '../stores/dynamodb-accounts.ts';
import { createAgentRegister, createPresence } from '../stores/dynamodb-agents.ts';
import { createDeliveryLog } from '../stores/dynamodb-delivery-log.ts';
import { createDirectory } from '../stores/dynamodb-directory.ts';
import { createDueWork } from '../stores/dynamodb-due-work.ts';
import { createEmptyQueues } from '../stores/dynamodb-empty-queues.ts';
import { createEndpointRegister } from '../stores/dynamodb-endpoints.ts';
import { createEvidenceStore } from '../stores/dynamodb-evidence.ts';
import { createJobHistory } from '../stores/dynamodb-job-history.ts';
import { createJobStore } from '../stores/dynamodb-jobs.ts';
import { createKeyRegister } from '../stores/dynamodb-keys.ts';
import { createQuotaLedger } from '../stores/dynamodb-quota.ts';
import { createSecretClaims } from '../stores/dynamodb-secret-claims.ts';
import { createTenantRows } from '../stores/dynamodb-tenant-rows.ts';
import { createRegistry } from '../stores/registry.ts';
import { DynamoTable } from '../table/dynamodb-table.ts';
import type { Deployment } from './deployment.ts';

const SILENT: EventLog = { record: () => {} };

export type OperatorAccess = ReturnType<typeof openOperatorAccess>;

/** Overrides of each service's endpoint and credentials. */
export type ServiceOptions = Readonly<Partial<Record<'dynamodb' | 'sqs' | 'secretsManager', ClientOptions>>>;

/** Returns every port that the operator's tools use. It logs nothing: the caller prints the outcomes. */
export function openOperatorAccess(deployment: Deployment, services: ServiceOptions = {}) {
  const table = new DynamoTable(createDynamoDbClient(services.dynamodb), deployment.tableName);
  const sqs = createSqsClient(services.sqs);
  const secrets = createSecretsManagerClient(services.secretsManager);
  const clock = Date.now;
  return {
    deployment,
    clock,
    randomBytes,
    eventLog: SILENT,
    registry: createRegistry(table, sqs, deployment.jobQueueUrlPrefix),
    directory: createDirectory(table, clock, 0),
    keys: createKeyRegister(table),
    claims: createSecretClaims(table),
    history: createJobHistory(table),
    jobs: createJobStore(table),
    due: createDueWork(table),
    emptyQueues: createEmptyQueues(table),
    quota: createQuotaLedger(table),
    log: createDeliveryLog(table),
    presence: createPresence(table),
    queues: createJobQueues(sqs, deployment.jobQueueUrlPrefix),
    accounts: createAccountRegister(table),
    agents: createAgentRegister(table),
    endpoints: createEndpointRegister(table),
    evidence: createEvidenceStore(table),
    rows: createTenantRows(table),
    inventory: createQueueInventory(sqs, deployment.jobQueueUrlPrefix),
    backlog: createBacklog(sqs, deployment),
    targets: createTargetPolicy(deployment.allowCidrs ?? []),
    sleep: (ms: number): Promise<void> => delay(ms),
    deliveries: createDeliveryQueue(sqs, deployment.deliveryQueueUrl),
    inboundRing: createKeyRings(secrets, deployment.inboundRingArn, clock),
    outboundRing: createKeyRings(secrets, deployment.outboundRingArn, clock),
    importedSecrets: createImportedSecretStore(secrets, deployment.stage, clock),
  };
}
