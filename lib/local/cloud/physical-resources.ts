// Which physical ids the template's resources have: those that run on the laptop, and names for those that do not.

import { physicalName, REGION } from './base/identity.ts';
import { API_ID } from './http/http-event.ts';
import { type Assembly, type Resource, resourcesOfType } from './template/assembly.ts';
import type { FunctionSpec } from './template/function-spec.ts';
import type { Bindings, Physical } from './template/intrinsic-functions.ts';

/** Bindings that later starts add to. */
export interface GrowingBindings extends Bindings {
  add(resources: ReadonlyMap<string, Physical>): void;
}

/** At first every resource has just a name of its own, as a log group or an integration does; `Fn::GetAtt` needs the real thing. */
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

export function bindFunctions(specs: readonly FunctionSpec[]): ReadonlyMap<string, Physical> {
  return new Map(specs.map(({ logicalId, name, arn }) => [logicalId, { ref: name, attributes: { Arn: arn } }]));
}

export function bindHttpApi(assembly: Assembly, baseUrl: string): ReadonlyMap<string, Physical> {
  const attributes = { ApiId: API_ID, ApiEndpoint: baseUrl };
  const apis = resourcesOfType(assembly, 'AWS::ApiGatewayV2::Api');
  return new Map(apis.map(({ logicalId }) => [logicalId, { ref: API_ID, attributes }]));
}

/** Templates often build the API's address from its id; here it is another one. */
export function atLaptopAddress(
  texts: Readonly<Record<string, string>>,
  baseUrl: string,
): Readonly<Record<string, string>> {
  const deployed = `https://${API_ID}.execute-api.${REGION}.amazonaws.com`;
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text.replaceAll(deployed, baseUrl)]));
}
