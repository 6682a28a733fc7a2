// The physical ids of the template's resources. Resources that do not run on the laptop have only names.

import { physicalName, REGION } from './base/identity.ts';
import { API_ID } from './http/http-event.ts';
import { type Assembly, type Resource, resourcesOfType } from './template/assembly.ts';
import type { FunctionSpec } from './template/function-spec.ts';
import type { Bindings, Physical } from './template/intrinsic-functions.ts';

/** Bindings to which the start of each service adds its resources. */
export interface GrowingBindings extends Bindings {
  add(resources: ReadonlyMap<string, Physical>): void;
}

/**
 * Returns bindings in which every resource has only a name, which is enough for a log group or an integration.
 * `Fn::GetAtt` works only for resources that are added later.
 */
export function createBindings(assembly: Assembly): GrowingBindings {
  const { stackName, parameters } = assembly;
  const nameOf = ({ type, logicalId }: Resource) =>
    type.startsWith('AWS::ApiGatewayV2::') ? logicalId : physicalName(stackName, logicalId);
  const named = assembly.resources.map((resource) => [resource.logicalId, { ref: nameOf(resource) }] as const);
  const resources = new Map<string, Physical>(named);
  const add = (more: ReadonlyMap<string, Physical>) => {
    for (const [logicalId, physical] of more) resources.set(logicalId, physical);
  };
  return { stackName, parameters, resources, add };
}

/** Returns the functions' names and ARNs by logical id. */
export function bindFunctions(specs: readonly FunctionSpec[]): ReadonlyMap<string, Physical> {
  return new Map(specs.map(({ logicalId, name, arn }) => [logicalId, { ref: name, attributes: { Arn: arn } }]));
}

/** Returns the id and address of the HTTP API by logical id. */
export function bindHttpApi(assembly: Assembly, baseUrl: string): ReadonlyMap<string, Physical> {
  const attributes = { ApiId: API_ID, ApiEndpoint: baseUrl };
  const apis = resourcesOfType(assembly, 'AWS::ApiGatewayV2::Api');
  return new Map(apis.map(({ logicalId }) => [logicalId, { ref: API_ID, attributes }]));
}

/**
 * Returns the texts with the API's address on AWS, which templates often build from its id, replaced by the laptop's.
 */
export function replaceApiAddress(
  texts: Readonly<Record<string, string>>,
  baseUrl: string,
): Readonly<Record<string, string>> {
  const deployed = `https://${API_ID}.execute-api.${REGION}.amazonaws.com`;
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text.replaceAll(deployed, baseUrl)]));
}
