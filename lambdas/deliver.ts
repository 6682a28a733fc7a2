// The deliver function: one signed attempt for each delivery message.

import { createDynamoDbClient, createSecretsManagerClient, createSqsClient } from '../lib/aws/clients.ts';
import { readEnvironment } from '../lib/aws/lambda/environment.ts';
import { createDeliveryQueue, parseDelivery } from '../lib/aws/queues/sqs-delivery-queue.ts';
import { createImportedSecrets } from '../lib/aws/secrets/imported-secrets.ts';
import { createKeyRings } from '../lib/aws/secrets/secrets-key-ring.ts';
import { createDeliveryLog } from '../lib/aws/stores/dynamodb-delivery-log.ts';
import { createDirectory } from '../lib/aws/stores/dynamodb-directory.ts';
import { DynamoTable } from '../lib/aws/table/dynamodb-table.ts';
import { guardedRequest } from '../lib/net/guarded-request.ts';
import { deliverEvent } from '../lib/relay/delivery/deliver-event.ts';
import type { WebhookSender } from '../lib/relay/model/ports.ts';
import { TUNING } from '../lib/relay/model/tuning.ts';
import { addressPolicy, clock, eventLog, queueFunction, targets } from './runtime.ts';

const environment = readEnvironment('deliver', process.env);
const table = new DynamoTable(createDynamoDbClient(), environment.SIGNET_TABLE_NAME);

const sender: WebhookSender = {
  post: (url, headers, body) =>
    guardedRequest(
      {
        method: 'POST',
        url,
        headers,
        body,
        timeoutMs: TUNING.deliveryTimeoutMs,
        bodyLimitBytes: TUNING.deliveryAnswerBytes,
      },
      { policy: addressPolicy },
    ),
};

const secretsManager = createSecretsManagerClient();
const ports = {
  directory: createDirectory(table, clock),
  importedSecrets: createImportedSecrets(secretsManager, clock),
  outboundRing: createKeyRings(secretsManager, environment.SIGNET_OUTBOUND_RING_ARN, clock),
  deliveries: createDeliveryQueue(createSqsClient(), environment.SIGNET_DELIVERY_QUEUE_URL),
  log: createDeliveryLog(table),
  random: Math.random,
  sender,
  targets,
  eventLog,
  clock,
};

export const handler = queueFunction('deliver', ({ body }) => deliverEvent(ports, parseDelivery(body)));
