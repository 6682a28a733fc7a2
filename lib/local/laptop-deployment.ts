// The running laptop cloud as a deployment, for the operator's tools.
import type { Deployment } from '../aws/deployment/deployment.ts';
import type { ServiceOptions } from '../aws/deployment/operator-access.ts';
import type { LaptopCloud } from './cloud/laptop-cloud.ts';
import { LOOPBACK_RANGE } from './loopback-range.ts';

/** The deployment, and how to reach its services. */
export interface LaptopDeployment {
  readonly deployment: Deployment;
  readonly services: ServiceOptions;
}

/**
 * Returns the laptop cloud as a deployment.
 * @throws Error when no function has a required variable.
 */
export function describeDeployment({
  baseUrl,
  endpoints,
  credentials,
  outputs,
  environmentOf,
}: LaptopCloud): LaptopDeployment {
  const variables = { ...environmentOf('sweep'), ...environmentOf('links'), ...environmentOf('deliver') };
  const read = (name: string) => {
    const value = variables[name];
    if (!value) throw new Error(`No function of the laptop cloud has ${name} in its environment.`);
    return value;
  };
  // A copy, because the SDK adds a property to the credentials of its clients.
  const laptop = { region: variables['AWS_REGION'] ?? 'us-east-1', credentials: { ...credentials } };
  return {
    deployment: {
      stage: read('SIGNET_STAGE'),
      apiUrl: baseUrl,
      tableName: read('SIGNET_TABLE_NAME'),
      jobQueueUrlPrefix: read('SIGNET_JOB_QUEUE_URL_PREFIX'),
      deliveryQueueUrl: read('SIGNET_DELIVERY_QUEUE_URL'),
      // No function sends to these queues, so no environment names them.
      deliveryDeadLetterQueueUrl: outputs['DeliveryDeadLetterQueueUrl'] ?? '',
      eventDeadLetterQueueUrl: outputs['EventDeadLetterQueueUrl'] ?? '',
      inboundRingArn: read('SIGNET_INBOUND_RING_ARN'),
      outboundRingArn: read('SIGNET_OUTBOUND_RING_ARN'),
      allowCidrs: [LOOPBACK_RANGE],
    },
    services: {
      dynamodb: { ...laptop, endpoint: endpoints.dynamodb },
      sqs: { ...laptop, endpoint: endpoints.sqs },
      secretsManager: { ...laptop, endpoint: endpoints.secretsManager },
    },
  };
}
