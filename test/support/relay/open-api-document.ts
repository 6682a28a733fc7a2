// The description of the API as its readers get it, and ways into it.
import { ROUTES, type RouteName } from '../../../lib/api/routes.ts';
import type { Json } from './described-answers.ts';
import { createWorld, plainRequest } from './world.ts';

export const served = await (await createWorld()).ask(plainRequest({ path: '/openapi.json' }));
export const document: Json = served.json;
export const NAMES = Object.keys(ROUTES) as RouteName[];

/** Every operation with its method and path. */
export const operations: readonly Json[] = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
  Object.entries<Json>(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
);

export const operationOf = (name: RouteName): Json => operations.find(({ operationId }) => operationId === name);

export const exampleOf = (name: RouteName, status = 200) =>
  operationOf(name).responses[status].content['application/json'].example;

export const bodyOf = (name: RouteName) => operationOf(name).requestBody.content['application/json'].example;
