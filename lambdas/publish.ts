// The publish function: the table's stream in, delivery messages out.
import { createDynamoDbClient, createSqsClient } from '../lib/aws/clients.ts';
import { createDirectory } from '../lib/aws/dynamodb-directory.ts';
import { DynamoTable } from '../lib/aws/dynamodb-table.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { createDeliveryQueue } from '../lib/aws/sqs-delivery-queue.ts';
import { eventSourcesIn } from '../lib/aws/stream-event.ts';
import { publishEvents } from '../lib/relay/publish-event.ts';
import { clock, journal, streamFunction } from './runtime.ts';

const environment = readEnvironment('publish', process.env);
const ports = {
  directory: createDirectory(new DynamoTable(createDynamoDbClient(), environment.SIGNET_TABLE_NAME), clock),
  deliveries: createDeliveryQueue(createSqsClient(), environment.SIGNET_DELIVERY_QUEUE_URL),
  journal,
};

export const handler = streamFunction('publish', {
  read: eventSourcesIn,
  handle: (sources) => publishEvents(ports, sources),
});
