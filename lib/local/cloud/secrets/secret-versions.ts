// The versions of a secret and their stages. AWSPREVIOUS follows AWSCURRENT automatically.
import { randomUUID } from 'node:crypto';
import { AwsError } from '../base/aws-json.ts';

interface Version {
  readonly secretString?: string;
  readonly secretBinary?: string;
  stages: readonly string[];
  readonly createdDate: number;
}

/** A tag of a secret. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** A secret with all its versions. */
export interface Secret {
  readonly arn: string;
  readonly name: string;
  description?: string;
  tags?: readonly Tag[];
  /** Epoch seconds, like all times in this file. */
  readonly createdDate: number;
  deletedDate?: number;
  readonly versions: Record<string, Version>;
}

/** The content of a new version. */
export interface VersionInput {
  readonly SecretString?: string;
  readonly SecretBinary?: string;
  readonly ClientRequestToken?: string;
}

/**
 * Adds a version with these stages and returns its id. The id is the request token, so a repeated request adds nothing.
 * @throws AwsError when there is no content, or when the version with this token has other content.
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

/**
 * Moves a stage to a version. A stage is on one version at a time, and the version that loses AWSCURRENT gets
 * AWSPREVIOUS.
 */
export function moveStage(secret: Secret, stage: string, id: string): void {
  const holder = holderOf(secret, stage);
  if (holder === id) return;
  detach(secret, stage);
  const version = secret.versions[id];
  if (version) version.stages = [...version.stages, stage];
  if (stage === 'AWSCURRENT' && holder !== undefined) moveStage(secret, 'AWSPREVIOUS', holder);
  if (stage === 'AWSCURRENT' && version) version.stages = version.stages.filter((name) => name !== 'AWSPREVIOUS');
}

/** Removes a stage from its version. */
export function detach(secret: Secret, stage: string): void {
  for (const version of Object.values(secret.versions)) {
    version.stages = version.stages.filter((name) => name !== stage);
  }
}

/** Returns the id of the version with this stage, or undefined when there is none. */
export function holderOf(secret: Secret, stage: string): string | undefined {
  return Object.entries(secret.versions).find(([, { stages }]) => stages.includes(stage))?.[0];
}

/** Returns the stages of each version, by its id. */
export function stagesOf(secret: Secret): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(secret.versions).map(([id, { stages }]) => [id, stages]));
}

/** Returns the current time in epoch seconds. */
export function nowSeconds(): number {
  return Date.now() / 1000;
}
