// Finds a deployment by the tags of its key rings. No secret's value is read for it.
import { ListSecretsCommand, type SecretListEntry, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { callDependency } from '../table/dependency.ts';
import type { Deployment } from './deployment.ts';
import { DEPLOYMENT_TAGS } from './deployment-tags.ts';

export type FoundDeployment =
  | { readonly found: 'one'; readonly deployment: Deployment }
  | { readonly found: 'none' }
  /** The API of each. A stack that is gone leaves its rings behind. */
  | { readonly found: 'several'; readonly deployments: readonly FoundRings[] }
  /** What the rings do not say: tags, or one of the rings. */
  | { readonly found: 'incomplete'; readonly missing: readonly string[] };

export interface FoundRings {
  readonly apiUrl: string;
  readonly ringNames: readonly string[];
}

interface Ring {
  readonly name: string;
  readonly arn: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** The service matches prefixes, and finds what was tagged a moment ago late. */
export async function findDeployment(client: SecretsManagerClient, stage: string): Promise<FoundDeployment> {
  const rings = (await Array.fromAsync(listRings(client, stage))).filter(({ tags }) => isOf(tags, stage));
  const groups = Object.values(Object.groupBy(rings, ({ tags }) => `${tags.get(DEPLOYMENT_TAGS.tableName)}`));
  const [only, ...others] = groups.filter((group) => group !== undefined);
  if (!only) return { found: 'none' };
  if (others.length > 0) return { found: 'several', deployments: [only, ...others].map(nameRings) };
  // Secrets follow from a ring: of two for one direction no guess is good enough.
  if (isDouble(only)) return { found: 'several', deployments: only.map((ring) => nameRings([ring])) };
  return readDeployment(only);
}

function isDouble(rings: readonly Ring[]): boolean {
  return new Set(rings.map(({ tags }) => tags.get(DEPLOYMENT_TAGS.ring))).size < rings.length;
}

function isOf(tags: Ring['tags'], stage: string): boolean {
  return tags.get(DEPLOYMENT_TAGS.stage) === stage && tags.has(DEPLOYMENT_TAGS.ring);
}

async function* listRings(client: SecretsManagerClient, stage: string): AsyncIterable<Ring> {
  let NextToken: string | undefined;
  do {
    const Filters = [
      { Key: 'tag-key' as const, Values: [DEPLOYMENT_TAGS.stage] },
      { Key: 'tag-value' as const, Values: [stage] },
    ];
    const command = new ListSecretsCommand({ Filters, ...(NextToken !== undefined && { NextToken }) });
    const page = await callDependency('Secrets Manager', () => client.send(command));
    yield* (page.SecretList ?? []).map(toRing);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
}

function toRing({ Name = '', ARN = '', Tags = [] }: SecretListEntry): Ring {
  return { name: Name, arn: ARN, tags: new Map(Tags.map(({ Key = '', Value = '' }) => [Key, Value])) };
}

function nameRings(rings: readonly Ring[]): FoundRings {
  return { apiUrl: rings[0]?.tags.get(DEPLOYMENT_TAGS.apiUrl) ?? '', ringNames: rings.map(({ name }) => name) };
}

const { ring: RING, ...TOLD_BY_EACH } = DEPLOYMENT_TAGS;

/** Both rings must say the same. */
function readDeployment(rings: readonly Ring[]): FoundDeployment {
  const arnOf = (direction: string) => rings.find(({ tags }) => tags.get(RING) === direction)?.arn;
  const [inboundRingArn, outboundRingArn] = [arnOf('inbound'), arnOf('outbound')];
  const told = Object.entries(TOLD_BY_EACH).map(([field, tag]) => [field, tag, rings[0]?.tags.get(tag)] as const);
  const missing = [
    ...told.filter(([, , value]) => !value).map(([, tag]) => `the tag ${tag}`),
    ...told.filter(([, tag]) => new Set(rings.map(({ tags }) => tags.get(tag))).size > 1).map(sayUnlike),
    ...(inboundRingArn ? [] : ['the inbound ring']),
    ...(outboundRingArn ? [] : ['the outbound ring']),
  ];
  if (!inboundRingArn || !outboundRingArn || missing.length > 0) return { found: 'incomplete', missing };
  const facts = Object.fromEntries(told.map(([field, , value]) => [field, value])) as ToldFacts;
  return { found: 'one', deployment: { ...facts, inboundRingArn, outboundRingArn } };
}

function sayUnlike([, tag]: readonly [string, string, unknown]): string {
  return `one value of the tag ${tag} on both rings`;
}

/** A field of a deployment that no tag tells is found by the compiler here. */
type ToldFacts = Readonly<Record<keyof typeof TOLD_BY_EACH, string>>;
