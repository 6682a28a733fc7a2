// A CDK assembly written by hand into a temporary folder: a template, and a handler module per function.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type LaptopCloud, type LaptopCloudOptions, startLaptopCloud } from '../../../lib/local/cloud/laptop-cloud.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export { temporaryFolder } from '../../support/temporary-folder.ts';

/** A function of the assembly. */
export interface FakeFunction {
  /** The source of the module, which exports `handler`. */
  readonly code: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** The content of the assembly. */
export interface FakeAssembly {
  readonly functions?: Readonly<Record<string, FakeFunction>>;
  /** Additional resources, by logical id. The logical id of a function is its name. */
  readonly resources?: Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;
  readonly outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** Writes the assembly and returns its folder. */
export function writeAssembly({ functions = {}, resources = {}, outputs = {} }: FakeAssembly): string {
  const folder = temporaryFolder();
  const template = { Resources: { ...functionResources(functions), ...resources }, Outputs: outputs };
  const artifact = { type: 'aws:cloudformation:stack', properties: { templateFile: 'Fake.template.json' } };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts: { Fake: artifact } }));
  writeFileSync(join(folder, 'Fake.template.json'), JSON.stringify(template));
  for (const [name, { code }] of Object.entries(functions)) {
    mkdirSync(join(folder, `asset.${name}`));
    writeFileSync(join(folder, `asset.${name}`, 'index.mjs'), code);
  }
  return folder;
}

/** Starts a cloud that stops when the test ends. */
export async function startFake(
  assembly: FakeAssembly,
  options: Partial<LaptopCloudOptions> = {},
): Promise<LaptopCloud> {
  const folders = { assembly: writeAssembly(assembly), dataDir: temporaryFolder() };
  const cloud = await startLaptopCloud({ port: 0, ...folders, ...options });
  onTestFinished(() => cloud.stop());
  return cloud;
}

/** Returns a route to a function and its integration, as CDK synthesizes them. */
export function route(routeKey: string, functionName: string, integration: Readonly<Record<string, unknown>> = {}) {
  const id = routeKey.replaceAll(/[^A-Za-z]/g, '');
  return {
    [`${id}Integration`]: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: { IntegrationUri: { 'Fn::GetAtt': [functionName, 'Arn'] }, ...integration },
    },
    [`${id}Route`]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { RouteKey: routeKey, Target: { 'Fn::Join': ['', ['integrations/', { Ref: `${id}Integration` }]] } },
    },
  };
}

/** A table with a string key, a stream, and a sparse index with keys only. */
export const TABLE = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'due', AttributeType: 'N' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byDue',
        KeySchema: [{ AttributeName: 'due', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  },
} as const;

/** Polls until `ask` returns a value, and returns it. Fails after the deadline. */
export async function eventually<T>(ask: () => T | undefined | Promise<T | undefined>, withinMs = 60_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`It did not happen within ${withinMs} ms: ${ask}`);
}

function functionResources(functions: Readonly<Record<string, FakeFunction>>) {
  return Object.fromEntries(
    Object.entries(functions).map(([name, { properties, variables = {} }]) => [
      name,
      {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { S3Bucket: 'assets', S3Key: `${name}.zip` },
          Environment: { Variables: variables },
          ...properties,
        },
        Metadata: { 'aws:cdk:path': `Fake/App/${name}/Resource` },
      },
    ]),
  );
}
