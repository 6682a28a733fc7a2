// The publish function: turns records of the table's stream into delivery messages.
import { createDynamoDbClient, createSqsClient } from '../lib/aws/clients.ts';
import { readEnvironment } from '../lib/aws/lambda/environment.ts';
import { eventSourcesIn } from '../lib/aws/lambda/stream-event.ts';
import { createDeliveryQueue } from '../lib/aws/queues/sqs-delivery-queue.ts';
import { createDirectory } from '../lib/aws/stores/dynamodb-directory.ts';
import { DynamoTable } from '../lib/aws/table/dynamodb-table.ts';
import { publishEvents } from '../lib/relay/delivery/publish-event.ts';
import { clock, eventLog, streamFunction } from './runtime.ts';

const environment = readEnvironment('publish', process.env);
const ports = {
  directory: createDirectory(new DynamoTable(createDynamoDbClient(), environment.SIGNET_TABLE_NAME), clock),
  deliveries: createDeliveryQueue(createSqsClient(), environment.SIGNET_DELIVERY_QUEUE_URL),
  eventLog,
};

export const handler = streamFunction('publish', {
  read: eventSourcesIn,
  handle: (sources) => publishEvents(ports, sources),
});
