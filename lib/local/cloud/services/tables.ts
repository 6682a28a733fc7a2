// The template's DynamoDB tables, created where they do not exist.
import { setTimeout as delay } from 'node:timers/promises';
import { AwsError, callAws } from '../base/aws-json.ts';
import { arnOf, physicalName } from '../base/identity.ts';
import { type Assembly, type Resource, resourcesOfType } from '../template/assembly.ts';
import { type Bindings, type Physical, resolveText, resolveValue } from '../template/intrinsic-functions.ts';

interface Index {
  readonly IndexName: string;
  readonly KeySchema: unknown;
  readonly Projection: unknown;
}

interface TableProperties {
  readonly KeySchema: unknown;
  readonly AttributeDefinitions: unknown;
  readonly GlobalSecondaryIndexes?: readonly Index[];
  readonly LocalSecondaryIndexes?: readonly Index[];
  readonly StreamSpecification?: { readonly StreamViewType?: string };
  readonly TimeToLiveSpecification?: { readonly AttributeName?: string; readonly Enabled?: boolean | string };
}

interface Description {
  readonly TableStatus: string;
  readonly LatestStreamArn?: string;
  readonly KeySchema: unknown;
  readonly GlobalSecondaryIndexes?: readonly Index[];
}

/** Where tables are made. */
export interface TableService {
  readonly endpoint: string;
  /** The end of each name that the template leaves to us. */
  readonly tableSuffix: string;
}

/**
 * Creates every missing table of the template with its indexes, stream and time to live, and waits until it is active.
 * @throws Error when a table exists with other keys or indexes.
 */
export async function makeTables(
  assembly: Assembly,
  bindings: Bindings,
  service: TableService,
): Promise<ReadonlyMap<string, Physical>> {
  const types = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];
  const resources = types.flatMap((type) => resourcesOfType(assembly, type));
  const made = resources.map(
    async (resource) => [resource.logicalId, await makeTable(resource, bindings, service)] as const,
  );
  return new Map(await Promise.all(made));
}

async function makeTable(
  resource: Resource,
  bindings: Bindings,
  { endpoint, tableSuffix }: TableService,
): Promise<Physical> {
  const properties = resolveTable(resource, bindings);
  const given = resource.properties['TableName'];
  const name = given
    ? resolveText(given, bindings, resource.path)
    : `${physicalName(bindings.stackName, resource.logicalId)}${tableSuffix}`;
  const existing = await describe(endpoint, name);
  if (existing) assertSameShape(name, existing, properties);
  else await createTable(endpoint, name, properties);
  const description = await waitUntilActive(endpoint, name);
  const stream = description.LatestStreamArn;
  return { ref: name, attributes: { Arn: arnOf('dynamodb', `table/${name}`), ...(stream && { StreamArn: stream }) } };
}

function resolveTable(resource: Resource, bindings: Bindings): TableProperties {
  const shape = ['KeySchema', 'AttributeDefinitions', 'GlobalSecondaryIndexes', 'LocalSecondaryIndexes'];
  const keys = [...shape, 'StreamSpecification', 'TimeToLiveSpecification'];
  const chosen = Object.fromEntries(keys.map((key) => [key, resource.properties[key]]));
  return resolveValue(chosen, bindings, resource.path) as TableProperties;
}

async function createTable(endpoint: string, name: string, properties: TableProperties): Promise<void> {
  const view = properties.StreamSpecification?.StreamViewType;
  await call(endpoint, 'CreateTable', {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: properties.KeySchema,
    AttributeDefinitions: properties.AttributeDefinitions,
    GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes?.map(indexShape),
    LocalSecondaryIndexes: properties.LocalSecondaryIndexes?.map(indexShape),
    ...(view && { StreamSpecification: { StreamEnabled: true, StreamViewType: view } }),
  });
  const ttl = properties.TimeToLiveSpecification;
  if (ttl?.AttributeName === undefined) return;
  await waitUntilActive(endpoint, name);
  const specification = { AttributeName: ttl.AttributeName, Enabled: String(ttl.Enabled) === 'true' };
  await call(endpoint, 'UpdateTimeToLive', { TableName: name, TimeToLiveSpecification: specification });
}

async function waitUntilActive(endpoint: string, name: string): Promise<Description> {
  for (;;) {
    const description = await describe(endpoint, name);
    if (description?.TableStatus === 'ACTIVE') return description;
    await delay(10);
  }
}

async function describe(endpoint: string, name: string): Promise<Description | undefined> {
  try {
    return (await call<{ Table: Description }>(endpoint, 'DescribeTable', { TableName: name })).Table;
  } catch (error) {
    if (error instanceof AwsError && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

function assertSameShape(name: string, existing: Description, template: TableProperties): void {
  if (shapeOf(existing) === shapeOf(template)) return;
  throw new Error(
    `The table ${name} exists with other keys or indexes than in the template. Remove the data directory to start over.`,
  );
}

function shapeOf({
  KeySchema,
  GlobalSecondaryIndexes = [],
}: Pick<Description, 'KeySchema' | 'GlobalSecondaryIndexes'>) {
  const indexes = GlobalSecondaryIndexes.map((index) => JSON.stringify([index.IndexName, keysOf(index.KeySchema)]));
  return JSON.stringify([keysOf(KeySchema), indexes.toSorted()]);
}

function keysOf(schema: unknown): readonly string[] {
  return (schema as { AttributeName: string; KeyType: string }[]).map((key) => `${key.KeyType} ${key.AttributeName}`);
}

/** Returns the fields that CreateTable accepts. The indexes of a global table have throughput settings as well. */
function indexShape({ IndexName, KeySchema, Projection }: Index): Index {
  return { IndexName, KeySchema, Projection };
}

function call<T>(endpoint: string, operation: string, body: unknown): Promise<T> {
  return callAws<T>({ endpoint, target: `DynamoDB_20120810.${operation}`, body });
}
