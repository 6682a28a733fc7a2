// Secrets Manager on one machine: its JSON protocol on a file, and the template's secrets.
import { join } from 'node:path';
import { AwsError } from '../base/aws-json.ts';
import type { Credentials } from '../base/credentials.ts';
import { listenGuarded, type SignedCall } from '../base/guarded-server.ts';
import { physicalName } from '../base/identity.ts';
import { readPrivateJson, writePrivateJson } from '../base/private-file.ts';
import { chunks, type WritableMeter } from '../meter/meter.ts';
import { type Assembly, type Resource, resourcesOfType } from '../template/assembly.ts';
import { type Bindings, type Physical, resolveText, resolveValue } from '../template/intrinsic-functions.ts';
import { type GenerateSecretString, generateSecretString } from './generate-secret.ts';
import { SECRET_OPERATIONS, type SecretInput, type Secrets } from './secret-operations.ts';

/** The running service. */
export interface SecretsManager {
  readonly endpoint: string;
  /** Creates the template's missing secrets. Returns the values of `Ref` for all of them. */
  makeSecrets(assembly: Assembly, bindings: Bindings): ReadonlyMap<string, Physical>;
  stop(): Promise<void>;
}

const CHUNK_BYTES = 64 * 1024;

/**
 * Starts the service on `secrets.json` in the data directory, a file that only its owner can read. It answers only
 * requests that are signed with the credentials.
 * @throws Error that says what to do when the file is damaged.
 */
export async function startSecretsManager(
  dataDir: string,
  meter: WritableMeter,
  credentials: Credentials,
): Promise<SecretsManager> {
  const file = join(dataDir, 'secrets.json');
  const secrets = readPrivateJson<Secrets>(file) ?? {};
  const run = (operation: string, input: SecretInput) => {
    const answer = findOperation(operation)(secrets, input);
    if (isChange(operation)) writePrivateJson(file, secrets, { flush: true });
    return answer;
  };
  const server = await listenGuarded(credentials, async (call, response) => {
    const { status, body } = answer(call, run, meter);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
  });
  return {
    endpoint: server.url,
    makeSecrets: (assembly, bindings) => {
      const resources = resourcesOfType(assembly, 'AWS::SecretsManager::Secret');
      return new Map(resources.map((resource) => [resource.logicalId, makeSecret(resource, bindings, run)]));
    },
    stop: server.stop,
  };
}

type Run = (operation: string, input: SecretInput) => Record<string, unknown>;

function answer(call: SignedCall, run: Run, meter: WritableMeter): { readonly status: number; readonly body: string } {
  const { request } = call;
  const body = call.body.toString();
  const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
  meter.countCall('secretsManager', operation, chunks(body.length, CHUNK_BYTES));
  try {
    return { status: 200, body: JSON.stringify(run(operation, JSON.parse(body || '{}'))) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { status: 400, body: JSON.stringify({ __type: error.name, Message: error.message }) };
  }
}

function findOperation(name: string) {
  const operation = SECRET_OPERATIONS[name];
  if (!operation) throw new AwsError('InvalidAction', `The laptop's Secrets Manager does not support ${name}.`);
  return operation;
}

function isChange(operation: string): boolean {
  return !/^(Get|Describe|List)/.test(operation);
}

/**
 * Creates a missing secret. Its value is generated once and stays; description and tags follow the template at each
 * start.
 */
function makeSecret(resource: Resource, bindings: Bindings, run: Run): Physical {
  const { properties, path, logicalId } = resource;
  const given = properties['Name'];
  const Name = given ? resolveText(given, bindings, `${path}.Name`) : physicalName(bindings.stackName, logicalId);
  if (!exists(Name, run)) run('CreateSecret', { Name, SecretString: firstValue(resource, bindings) });
  const { Description, Tags } = resolveValue(properties, bindings, path) as SecretInput;
  if (Tags) run('TagResource', { SecretId: Name, Tags });
  const arn = String(run('UpdateSecret', { SecretId: Name, ...(Description && { Description }) })['ARN']);
  return { ref: arn, attributes: { Id: arn } };
}

function exists(SecretId: string, run: Run): boolean {
  try {
    return run('DescribeSecret', { SecretId }) !== undefined;
  } catch {
    return false;
  }
}

function firstValue({ properties, path }: Resource, bindings: Bindings): string {
  if (properties['SecretString'] !== undefined) return resolveText(properties['SecretString'], bindings, path);
  const rules = resolveValue(properties['GenerateSecretString'] ?? {}, bindings, path);
  return generateSecretString(rules as GenerateSecretString);
}
