// The agent function: enrolment and the pull endpoint. It can read no partner secret.
import { createDynamoDbClient, createSqsClient } from '../lib/aws/clients.ts';
import { readEnvironment } from '../lib/aws/lambda/environment.ts';
import { createJobQueues } from '../lib/aws/queues/sqs-job-queues.ts';
import { createAgentInstances, createEnrollment, createPresence } from '../lib/aws/stores/dynamodb-agents.ts';
import { createDirectory } from '../lib/aws/stores/dynamodb-directory.ts';
import { createEvidenceStore } from '../lib/aws/stores/dynamodb-evidence.ts';
import { createJobStore } from '../lib/aws/stores/dynamodb-jobs.ts';
import { createOneTimeValues } from '../lib/aws/stores/dynamodb-one-time-values.ts';
import { DynamoTable } from '../lib/aws/table/dynamodb-table.ts';
import { agentHandlers } from '../lib/relay/handlers/agent-handlers.ts';
import { createRequestPipeline } from '../lib/relay/http/request-pipeline.ts';
import { HeldLeases } from '../lib/relay/leasing/held-leases.ts';
import { SeenAgents } from '../lib/relay/leasing/seen-agents.ts';
import { addressPolicy, clock, eventLog, httpFunction } from './runtime.ts';

const environment = readEnvironment('agent', process.env);
const dynamoDb = createDynamoDbClient();
const table = new DynamoTable(dynamoDb, environment.SIGNET_TABLE_NAME);
const ports = {
  directory: createDirectory(table, clock),
  oneTimeValues: createOneTimeValues(table),
  jobs: createJobStore(table),
  evidence: createEvidenceStore(table),
  addresses: addressPolicy,
  presence: createPresence(table),
  instances: createAgentInstances(table),
  seenAgents: new SeenAgents(),
  heldLeases: new HeldLeases(),
  enrollment: createEnrollment(dynamoDb, table),
  queues: createJobQueues(createSqsClient(), environment.SIGNET_JOB_QUEUE_URL_PREFIX),
  eventLog,
  clock,
};

export const handler = httpFunction(createRequestPipeline(ports, agentHandlers(ports)));
