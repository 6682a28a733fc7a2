// The agent function: enrolment and the pull endpoint. It knows no partner secrets.
import { createDynamoDbClient, createSqsClient } from '../lib/aws/clients.ts';
import { createEnrollment, createPresence } from '../lib/aws/dynamodb-agents.ts';
import { createDirectory } from '../lib/aws/dynamodb-directory.ts';
import { createEvidenceStore } from '../lib/aws/dynamodb-evidence.ts';
import { createJobStore } from '../lib/aws/dynamodb-jobs.ts';
import { createOneTimeValues } from '../lib/aws/dynamodb-one-time-values.ts';
import { DynamoTable } from '../lib/aws/dynamodb-table.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { createJobQueues } from '../lib/aws/sqs-job-queues.ts';
import { enrollAgent } from '../lib/relay/enroll-agent.ts';
import { createFrontDoor } from '../lib/relay/front-door.ts';
import { pullJobs } from '../lib/relay/pull-jobs.ts';
import { SeenAgents } from '../lib/relay/seen-agents.ts';
import { clock, httpFunction, journal } from './runtime.ts';

const environment = readEnvironment('agent', process.env);
const dynamoDb = createDynamoDbClient();
const table = new DynamoTable(dynamoDb, environment.SIGNET_TABLE_NAME);
const ports = {
  directory: createDirectory(table, clock),
  oneTimeValues: createOneTimeValues(table),
  jobs: createJobStore(table),
  evidence: createEvidenceStore(table),
  presence: createPresence(table),
  seenAgents: new SeenAgents(),
  enrollment: createEnrollment(dynamoDb, table),
  queues: createJobQueues(createSqsClient(), environment.SIGNET_JOB_QUEUE_URL_PREFIX),
  journal,
  clock,
};

export const handler = httpFunction(
  createFrontDoor(ports, {
    enrollAgent: { audience: 'enrollee', handle: (call) => enrollAgent(ports, call) },
    pullJobs: { audience: 'agent', handle: (call) => pullJobs(ports, call) },
  }),
);
