// The template's Lambda functions as rows: the module to load, and the limits.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { arnOf } from '../base/identity.ts';
import { type Assembly, assetFolder, constructName, type Resource, resourcesOfType } from './assembly.ts';

/** One function of the template. */
export interface FunctionSpec {
  readonly name: string;
  readonly logicalId: string;
  readonly path: string;
  readonly arn: string;
  readonly modulePath: string;
  readonly handler: string;
  readonly exportName: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** How many invocations may run at once. */
  readonly concurrency: number;
  /** The environment variables in the template, with unresolved intrinsic functions. */
  readonly variables: Readonly<Record<string, unknown>>;
}

const MODULE_ENDINGS = ['.mjs', '.js', '.cjs'];
const DEFAULT_CONCURRENCY = 10;

/**
 * Returns the functions whose code is an asset with a Node handler. It skips CDK's own helpers for custom resources.
 * @throws Error when two functions would have the same name.
 */
export function readFunctions(assembly: Assembly): readonly FunctionSpec[] {
  const specs = resourcesOfType(assembly, 'AWS::Lambda::Function').flatMap((resource) =>
    readFunction(assembly, resource),
  );
  for (const spec of specs) {
    const duplicate = specs.find((other) => other !== spec && other.name === spec.name);
    if (duplicate)
      throw new Error(`The functions ${spec.path} and ${duplicate.path} would both be called ${spec.name}.`);
  }
  return specs;
}

function readFunction(assembly: Assembly, resource: Resource): readonly FunctionSpec[] {
  const { properties, logicalId, path } = resource;
  const folder = assetFolder(assembly, String((properties['Code'] as { S3Key?: unknown } | undefined)?.S3Key));
  const handler = String(properties['Handler']);
  const dot = handler.lastIndexOf('.');
  const modulePath = folder && findModule(join(folder, handler.slice(0, dot)));
  if (!modulePath || !String(properties['Runtime']).startsWith('nodejs') || path.includes('Custom::')) return [];
  const name = constructName(resource);
  const variables = (properties['Environment'] as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {};
  return [
    {
      name,
      logicalId,
      path,
      arn: arnOf('lambda', `function:${name}`),
      modulePath,
      handler,
      exportName: handler.slice(dot + 1),
      timeoutMs: Number(properties['Timeout'] ?? 3) * 1000,
      memoryMb: Number(properties['MemorySize'] ?? 128),
      concurrency: Number(properties['ReservedConcurrentExecutions'] ?? DEFAULT_CONCURRENCY),
      variables,
    },
  ];
}

function findModule(withoutEnding: string): string | undefined {
  return MODULE_ENDINGS.map((ending) => withoutEnding + ending).find((file) => existsSync(file));
}
