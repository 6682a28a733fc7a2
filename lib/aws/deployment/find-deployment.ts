// Finds a deployment by the tags of its key rings. It reads no secret value.
import { ListSecretsCommand, type SecretListEntry, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { callDependency } from '../table/call-dependency.ts';
import type { Deployment } from './deployment.ts';
import { DEPLOYMENT_TAGS } from './deployment-tags.ts';

/** What a search for a stage found. */
export type FoundDeployment =
  | { readonly found: 'one'; readonly deployment: Deployment }
  | { readonly found: 'none' }
  /** The rings, grouped by deployment. The rings of a deleted stack remain. */
  | { readonly found: 'several'; readonly deployments: readonly FoundRings[] }
  /** The tags, or the ring, that are missing. */
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

/**
 * Returns the deployment of a stage. The service matches prefixes of tag values, so the tags are compared in code. It
 * may not find a ring that was tagged moments ago.
 */
export async function findDeployment(client: SecretsManagerClient, stage: string): Promise<FoundDeployment> {
  const rings = (await Array.fromAsync(listRings(client, stage))).filter(({ tags }) => belongsToStage(tags, stage));
  const groups = Object.values(Object.groupBy(rings, ({ tags }) => `${tags.get(DEPLOYMENT_TAGS.tableName)}`));
  const [only, ...others] = groups.filter((group) => group !== undefined);
  if (!only) return { found: 'none' };
  if (others.length > 0) return { found: 'several', deployments: [only, ...others].map(summarizeRings) };
  // Secrets are derived from a ring. With two rings for one direction, a guess could pick the wrong one.
  if (hasTwoRingsForOneDirection(only))
    return { found: 'several', deployments: only.map((ring) => summarizeRings([ring])) };
  return readDeployment(only);
}

function hasTwoRingsForOneDirection(rings: readonly Ring[]): boolean {
  return new Set(rings.map(({ tags }) => tags.get(DEPLOYMENT_TAGS.ring))).size < rings.length;
}

function belongsToStage(tags: Ring['tags'], stage: string): boolean {
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

function summarizeRings(rings: readonly Ring[]): FoundRings {
  return { apiUrl: rings[0]?.tags.get(DEPLOYMENT_TAGS.apiUrl) ?? '', ringNames: rings.map(({ name }) => name) };
}

const { ring: RING, ...FACT_TAGS } = DEPLOYMENT_TAGS;

/** Returns the deployment that the rings' tags describe. Both rings must have equal tags. */
function readDeployment(rings: readonly Ring[]): FoundDeployment {
  const arnOf = (direction: string) => rings.find(({ tags }) => tags.get(RING) === direction)?.arn;
  const [inboundRingArn, outboundRingArn] = [arnOf('inbound'), arnOf('outbound')];
  const facts = Object.entries(FACT_TAGS).map(([field, tag]) => [field, tag, rings[0]?.tags.get(tag)] as const);
  const missing = [
    ...facts.filter(([, , value]) => !value).map(([, tag]) => `the tag ${tag}`),
    ...facts.filter(([, tag]) => new Set(rings.map(({ tags }) => tags.get(tag))).size > 1).map(describeMismatch),
    ...(inboundRingArn ? [] : ['the inbound ring']),
    ...(outboundRingArn ? [] : ['the outbound ring']),
  ];
  if (!inboundRingArn || !outboundRingArn || missing.length > 0) return { found: 'incomplete', missing };
  const tagged = Object.fromEntries(facts.map(([field, , value]) => [field, value])) as TaggedFacts;
  return { found: 'one', deployment: { ...tagged, inboundRingArn, outboundRingArn } };
}

function describeMismatch([, tag]: readonly [string, string, unknown]): string {
  return `the same value of the tag ${tag} on both rings`;
}

/** One field for each tag. The compiler reports a field of a deployment that no tag provides. */
type TaggedFacts = Readonly<Record<keyof typeof FACT_TAGS, string>>;
