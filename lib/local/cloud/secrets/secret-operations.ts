// The operations of Secrets Manager on secrets in memory, with the service's own error names.
import { randomBytes } from 'node:crypto';
import { AwsError } from '../base/aws-json.ts';
import { arnOf } from '../base/identity.ts';
import {
  addVersion,
  detach,
  holderOf,
  moveStage,
  nowSeconds,
  type Secret,
  stagesOf,
  type Tag,
  type VersionInput,
} from './secret-versions.ts';

/** All secrets by name, as plain JSON. */
export type Secrets = Record<string, Secret>;

/** The input of any operation. */
export interface SecretInput extends VersionInput {
  readonly Name?: string;
  readonly SecretId?: string;
  readonly Description?: string;
  readonly Tags?: readonly Tag[];
  readonly VersionId?: string;
  readonly VersionStage?: string;
  readonly VersionStages?: readonly string[];
  readonly MoveToVersionId?: string;
  readonly RemoveFromVersionId?: string;
  readonly ForceDeleteWithoutRecovery?: boolean;
  readonly RecoveryWindowInDays?: number;
  readonly IncludePlannedDeletion?: boolean;
  readonly Filters?: readonly { readonly Key: string; readonly Values: readonly string[] }[];
}

/** One operation. It changes the secrets and returns the answer. */
export type SecretOperation = (secrets: Secrets, input: SecretInput) => Record<string, unknown>;

/**
 * The operations by name.
 * @throws AwsError from an operation, for every refusal.
 */
export const SECRET_OPERATIONS: Readonly<Record<string, SecretOperation>> = Object.assign(Object.create(null), {
  CreateSecret: createSecret,
  GetSecretValue: getSecretValue,
  PutSecretValue: putSecretValue,
  UpdateSecretVersionStage: updateSecretVersionStage,
  DescribeSecret: (secrets: Secrets, input: SecretInput) => describe(find(secrets, input.SecretId)),
  ListSecrets: listSecrets,
  UpdateSecret: updateSecret,
  TagResource: tagResource,
  DeleteSecret: deleteSecret,
});

function createSecret(secrets: Secrets, input: SecretInput): Record<string, unknown> {
  const name = required(input.Name, 'Name');
  if (secrets[name])
    throw new AwsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
  const secret: Secret = {
    arn: arnOf('secretsmanager', `secret:${name}-${randomBytes(3).toString('hex')}`),
    name,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.Tags !== undefined && { tags: input.Tags }),
    createdDate: nowSeconds(),
    versions: {},
  };
  secrets[name] = secret;
  if (input.SecretString === undefined && input.SecretBinary === undefined) return { ARN: secret.arn, Name: name };
  return { ARN: secret.arn, Name: name, VersionId: addVersion(secret, input, ['AWSCURRENT']) };
}

function getSecretValue(secrets: Secrets, input: SecretInput): Record<string, unknown> {
  const secret = findUsable(secrets, input.SecretId);
  const stage = input.VersionStage ?? (input.VersionId === undefined ? 'AWSCURRENT' : undefined);
  const found = Object.entries(secret.versions).find(
    ([id, { stages }]) => (input.VersionId ?? id) === id && (stage === undefined || stages.includes(stage)),
  );
  if (!found) throw notFound(`secret value for ${stage ? `staging label: ${stage}` : `VersionId: ${input.VersionId}`}`);
  const [id, version] = found;
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: id,
    VersionStages: version.stages,
    CreatedDate: version.createdDate,
    SecretString: version.secretString,
    SecretBinary: version.secretBinary,
  };
}

function putSecretValue(secrets: Secrets, input: SecretInput): Record<string, unknown> {
  const secret = findUsable(secrets, input.SecretId);
  const id = addVersion(secret, input, input.VersionStages ?? ['AWSCURRENT']);
  return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: secret.versions[id]?.stages };
}

function updateSecret(secrets: Secrets, input: SecretInput): Record<string, unknown> {
  const secret = findUsable(secrets, input.SecretId);
  if (input.Description !== undefined) secret.description = input.Description;
  const hasValue = input.SecretString !== undefined || input.SecretBinary !== undefined;
  const VersionId = hasValue ? addVersion(secret, input, ['AWSCURRENT']) : undefined;
  return { ARN: secret.arn, Name: secret.name, VersionId };
}

function tagResource(secrets: Secrets, input: SecretInput): Record<string, unknown> {
  const secret = findUsable(secrets, input.SecretId);
  const added = input.Tags ?? [];
  const others = (secret.tags ?? []).filter(({ Key }) => !added.some((tag) => tag.Key === Key));
  secret.tags = [...others, ...added];
  return {};
}

function updateSecretVersionStage(secrets: Secrets, input: SecretInput): Record<string, unknown> {
  const secret = findUsable(secrets, input.SecretId);
  const stage = required(input.VersionStage, 'VersionStage');
  const { MoveToVersionId: target, RemoveFromVersionId: from } = input;
  const holder = holderOf(secret, stage);
  if (target !== undefined && !secret.versions[target]) throw notFound(`secret version: ${target}`);
  if (holder !== undefined && holder !== target && holder !== from) {
    throw new AwsError(
      'InvalidParameterException',
      `The staging label ${stage} is attached to version ${holder}; name it in RemoveFromVersionId.`,
    );
  }
  if (target !== undefined) moveStage(secret, stage, target);
  else if (stage === 'AWSCURRENT') throw new AwsError('InvalidParameterException', 'AWSCURRENT can only be moved.');
  else if (from !== undefined) detach(secret, stage);
  return { ARN: secret.arn, Name: secret.name };
}

/** The texts that a filter of ListSecrets compares. A value matches as a prefix, and all filters must match. */
const FILTERED: Readonly<Record<string, (secret: Secret) => readonly string[]>> = {
  name: ({ name }) => [name],
  description: ({ description }) => (description ?? '').split(' '),
  'tag-key': ({ tags }) => (tags ?? []).map(({ Key }) => Key),
  'tag-value': ({ tags }) => (tags ?? []).map(({ Value }) => Value),
};

function listSecrets(secrets: Secrets, input: SecretInput): Record<string, unknown> {
  const shown = Object.values(secrets)
    .filter(({ deletedDate }) => input.IncludePlannedDeletion === true || deletedDate === undefined)
    .filter((secret) => (input.Filters ?? []).every((filter) => passes(secret, filter)));
  return { SecretList: shown.map((secret) => ({ ...describe(secret), SecretVersionsToStages: stagesOf(secret) })) };
}

function passes(
  secret: Secret,
  { Key, Values }: { readonly Key: string; readonly Values: readonly string[] },
): boolean {
  const texts = FILTERED[Key]?.(secret);
  if (!texts)
    throw new AwsError('InvalidParameterException', `The laptop's Secrets Manager does not filter by ${Key}.`);
  return Values.some((value) => texts.some((text) => text.startsWith(value)));
}

function deleteSecret(secrets: Secrets, input: SecretInput): Record<string, unknown> {
  const secret = findUsable(secrets, input.SecretId);
  const windowSeconds = (input.RecoveryWindowInDays ?? 30) * 24 * 3600;
  if (input.ForceDeleteWithoutRecovery) delete secrets[secret.name];
  else secret.deletedDate = nowSeconds() + windowSeconds;
  return { ARN: secret.arn, Name: secret.name, DeletionDate: secret.deletedDate ?? nowSeconds() };
}

function describe(secret: Secret): Record<string, unknown> {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    Tags: secret.tags,
    CreatedDate: secret.createdDate,
    DeletedDate: secret.deletedDate,
    VersionIdsToStages: stagesOf(secret),
  };
}

function findUsable(secrets: Secrets, secretId: string | undefined): Secret {
  const secret = find(secrets, secretId);
  if (secret.deletedDate === undefined) return secret;
  throw new AwsError('InvalidRequestException', 'The secret was marked for deletion.');
}

/** Finds a secret by its name, by its ARN, or by its ARN without the random suffix. */
function find(secrets: Secrets, secretId: string | undefined): Secret {
  const id = required(secretId, 'SecretId');
  const found = Object.values(secrets).find(({ name, arn }) => name === id || arn === id || arn.slice(0, -7) === id);
  if (!found) throw notFound('specified secret');
  return found;
}

function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw new AwsError('InvalidParameterException', `${name} is required.`);
  return value;
}

function notFound(what: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Secrets Manager can't find the ${what}.`);
}
