// The synthesized CDK assembly: its template, its resources as rows, and the folders of its assets.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The properties of a resource, with unresolved intrinsic functions. */
export type Properties = Readonly<Record<string, unknown>>;

/** One resource of the template. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Properties;
  /** The construct path, such as `Stack/Relay/links/Resource`, or the logical id when the template has no path. */
  readonly path: string;
}

/** One stack, as the template describes it. */
export interface Assembly {
  readonly folder: string;
  readonly stackName: string;
  readonly resources: readonly Resource[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Default values of the template's parameters. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

interface Manifest {
  readonly artifacts?: Record<string, { type: string; properties?: { templateFile?: string; stackName?: string } }>;
}

interface TemplateFile {
  readonly Resources?: Record<string, { Type: string; Properties?: Properties; Metadata?: Record<string, unknown> }>;
  readonly Outputs?: Record<string, { Value: unknown }>;
  readonly Parameters?: Record<string, { Default?: unknown }>;
}

/**
 * Returns the only stack of an assembly.
 * @throws Error when the folder is not an assembly, or does not have exactly one stack.
 */
export function readAssembly(folder: string): Assembly {
  const { stackName, templateFile } = findStack(folder);
  const template = readJson<TemplateFile>(join(folder, templateFile));
  return {
    folder: resolve(folder),
    stackName,
    resources: Object.entries(template.Resources ?? {}).map(([logicalId, resource]) => ({
      logicalId,
      type: resource.Type,
      properties: resource.Properties ?? {},
      path: String(resource.Metadata?.['aws:cdk:path'] ?? logicalId),
    })),
    outputs: Object.fromEntries(Object.entries(template.Outputs ?? {}).map(([name, output]) => [name, output.Value])),
    parameters: Object.fromEntries(Object.entries(template.Parameters ?? {}).map(([name, p]) => [name, p.Default])),
  };
}

/** Returns the resources of a type. */
export function resourcesOfType(assembly: Assembly, type: string): readonly Resource[] {
  return assembly.resources.filter((resource) => resource.type === type);
}

/** Returns the construct's own name: the last part of its path before `Resource`. */
export function constructName(resource: Resource): string {
  const parts = resource.path.split('/');
  if (parts.at(-1) === 'Resource') parts.pop();
  return parts.at(-1) ?? resource.logicalId;
}

/** Returns the folder of a code asset, or undefined when this assembly has no such asset. */
export function assetFolder(assembly: Assembly, s3Key: string): string | undefined {
  const folder = join(assembly.folder, `asset.${s3Key.replace(/\.zip$/, '').replace(/^.*\//, '')}`);
  return existsSync(folder) ? folder : undefined;
}

function findStack(folder: string): { stackName: string; templateFile: string } {
  const manifest = readJson<Manifest>(join(folder, 'manifest.json'));
  const stacks = Object.entries(manifest.artifacts ?? {}).filter(([, a]) => a.type === 'aws:cloudformation:stack');
  const [only] = stacks;
  if (!only || stacks.length > 1) throw new Error(`${folder} should hold one stack, but holds ${stacks.length}.`);
  const [id, { properties }] = only;
  return {
    stackName: properties?.stackName ?? id,
    templateFile: properties?.templateFile ?? `${id}.template.json`,
  };
}

function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (cause) {
    throw new Error(`${file} cannot be read; is its folder a synthesized CDK assembly?`, { cause });
  }
}
