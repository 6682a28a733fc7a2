// SQS on one machine: fauxqs in this process and in memory, or a named endpoint; and the template's queues.
import { buildApp } from 'fauxqs';
import { callAws } from '../base/aws-json.ts';
import { ACCOUNT_ID, arnOf, physicalName } from '../base/identity.ts';
import { findNamedEndpoint } from '../base/named-endpoint.ts';
import { type Assembly, type Resource, resourcesOfType } from '../template/assembly.ts';
import { type Bindings, type Physical, resolveText, resolveValue } from '../template/intrinsic-functions.ts';
import type { Emulator } from './dynamodb.ts';

/** The properties in CloudFormation that are queue attributes with the same name. */
const ATTRIBUTES = [
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'MaximumMessageSize',
  'ReceiveMessageWaitTimeSeconds',
  'FifoQueue',
  'ContentBasedDeduplication',
] as const;

/**
 * Starts SQS, or uses the endpoint in AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL.
 * @throws Error that names the variable when nothing answers there.
 */
export async function startSqs(): Promise<Emulator> {
  const named = await findNamedEndpoint('SQS', ['AmazonSQS.ListQueues']);
  if (named) return { endpoint: named, isOurs: false, stop: async () => {} };
  const app = buildApp({ logger: false });
  const endpoint = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    endpoint,
    isOurs: true,
    stop: async () => {
      await app.close();
    },
  };
}

/** Returns the values of `Ref` and `Fn::GetAtt` for the template's queues. Their URLs start with `endpoint`. */
export function nameQueues(assembly: Assembly, bindings: Bindings, endpoint: string): ReadonlyMap<string, Physical> {
  return new Map(
    resourcesOfType(assembly, 'AWS::SQS::Queue').map((resource) => {
      const name = queueName(resource, bindings);
      const attributes = { Arn: arnOf('sqs', name), QueueName: name, QueueUrl: `${endpoint}/${ACCOUNT_ID}/${name}` };
      return [resource.logicalId, { ref: attributes.QueueUrl, attributes }];
    }),
  );
}

/**
 * Creates the template's queues. `bindings` must have their names, so that one can be the dead-letter queue of another.
 */
export async function makeQueues(assembly: Assembly, bindings: Bindings, endpoint: string): Promise<void> {
  const queues = resourcesOfType(assembly, 'AWS::SQS::Queue').map((resource) => ({
    QueueName: queueName(resource, bindings),
    Attributes: queueAttributes(resource, bindings),
  }));
  await Promise.all(queues.map((body) => callAws({ endpoint, target: 'AmazonSQS.CreateQueue', body })));
}

function queueName(resource: Resource, bindings: Bindings): string {
  const given = resource.properties['QueueName'];
  if (given !== undefined) return resolveText(given, bindings, `${resource.path}.QueueName`);
  const suffix = resource.properties['FifoQueue'] ? '.fifo' : '';
  return `${physicalName(bindings.stackName, resource.logicalId)}${suffix}`;
}

function queueAttributes(resource: Resource, bindings: Bindings): Record<string, string> {
  const { properties, path } = resource;
  const given = ATTRIBUTES.filter((name) => properties[name] !== undefined);
  const redrive = properties['RedrivePolicy'];
  return {
    ...Object.fromEntries(given.map((name) => [name, resolveText(properties[name], bindings, `${path}.${name}`)])),
    ...(redrive ? { RedrivePolicy: JSON.stringify(resolveValue(redrive, bindings, `${path}.RedrivePolicy`)) } : {}),
  };
}
