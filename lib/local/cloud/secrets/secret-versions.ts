// The versions of a secret and the stages that point at them. AWSPREVIOUS follows AWSCURRENT by itself.
import { randomUUID } from 'node:crypto';
import { AwsError } from '../base/aws-json.ts';

interface Version {
  readonly secretString?: string;
  readonly secretBinary?: string;
  stages: readonly string[];
  readonly createdDate: number;
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  description?: string;
  tags?: readonly Tag[];
  /** Epoch seconds, here and below. */
  readonly createdDate: number;
  deletedDate?: number;
  readonly versions: Record<string, Version>;
}

/** What a new version is made of. */
export interface VersionInput {
  readonly SecretString?: string;
  readonly SecretBinary?: string;
  readonly ClientRequestToken?: string;
}

/**
 * Adds a version with these stages, and gives its id: the request token, so that a repeat of the same request adds nothing.
 * @throws AwsError when there is no content, or when the token has other content.
 */
export function addVersion(secret: Secret, input: VersionInput, stages: readonly string[]): string {
  const { SecretString: secretString, SecretBinary: secretBinary } = input;
  if ((secretString === undefined) === (secretBinary === undefined)) {
    throw new AwsError('InvalidParameterException', 'You must provide either SecretString or SecretBinary.');
  }
  const id = input.ClientRequestToken ?? randomUUID();
  const existing = secret.versions[id];
  if (existing?.secretString !== secretString || existing?.secretBinary !== secretBinary) {
    if (existing) throw new AwsError('ResourceExistsException', `A version with the token ${id} has other content.`);
    const content = secretString === undefined ? { secretBinary: secretBinary ?? '' } : { secretString };
    secret.versions[id] = { ...content, stages: [], createdDate: nowSeconds() };
    for (const stage of stages) moveStage(secret, stage, id);
  }
  return id;
}

/** A stage is on one version at a time, and the version that loses AWSCURRENT gets AWSPREVIOUS. */
export function moveStage(secret: Secret, stage: string, id: string): void {
  const holder = holderOf(secret, stage);
  if (holder === id) return;
  detach(secret, stage);
  const version = secret.versions[id];
  if (version) version.stages = [...version.stages, stage];
  if (stage === 'AWSCURRENT' && holder !== undefined) moveStage(secret, 'AWSPREVIOUS', holder);
  if (stage === 'AWSCURRENT' && version) version.stages = version.stages.filter((name) => name !== 'AWSPREVIOUS');
}

export function detach(secret: Secret, stage: string): void {
  for (const version of Object.values(secret.versions)) {
    version.stages = version.stages.filter((name) => name !== stage);
  }
}

export function holderOf(secret: Secret, stage: string): string | undefined {
  return Object.entries(secret.versions).find(([, { stages }]) => stages.includes(stage))?.[0];
}

export function stagesOf(secret: Secret): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(secret.versions).map(([id, { stages }]) => [id, stages]));
}

export function nowSeconds(): number {
  return Date.now() / 1000;
}
