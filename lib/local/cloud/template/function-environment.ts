// The environment of a function's process: Lambda's own variables, the endpoints, and the template's variables.

import type { Credentials } from '../base/credentials.ts';
import { REGION } from '../base/identity.ts';
import type { FunctionSpec } from './function-spec.ts';
import { type Bindings, resolveText } from './intrinsic-functions.ts';

/** The addresses of the emulated services. */
export interface Endpoints {
  readonly dynamodb: string;
  readonly sqs: string;
  readonly secretsManager: string;
}

/** The emulated services, and the credentials that they take. */
export interface Services {
  readonly endpoints: Endpoints;
  readonly credentials: Credentials;
}

/** Returns the whole environment of a function. A worker sees no variable of our own process. */
export function createEnvironment(
  spec: FunctionSpec,
  services: Services,
  bindings: Bindings,
): Readonly<Record<string, string>> {
  const variables = Object.entries(spec.variables).map(
    ([name, value]) => [name, resolveText(value, bindings, `${spec.path}.Environment.${name}`)] as const,
  );
  return { ...lambdaVariables(spec), ...serviceVariables(services), ...Object.fromEntries(variables) };
}

/** What the AWS SDK needs to call only the laptop cloud. */
function serviceVariables({ endpoints, credentials }: Services): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsManager,
    // The AWS profile of the laptop's user must not be used.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

function lambdaVariables({ name, handler, memoryMb, modulePath }: FunctionSpec): Record<string, string> {
  return {
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'laptop',
    LAMBDA_TASK_ROOT: modulePath.replace(/\/[^/]*$/, ''),
    _HANDLER: handler,
    TZ: ':UTC',
  };
}
