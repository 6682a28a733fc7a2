// The OpenAPI document as a relay serves it, with functions that find its parts.
import { ROUTES, type RouteName } from '../../../lib/api/routes.ts';
import type { Json } from './described-answers.ts';
import { createWorld, plainRequest } from './world.ts';

/** The answer with the document. */
export const served = await (await createWorld()).ask(plainRequest({ path: '/openapi.json' }));
/** The document. */
export const document: Json = served.json;

/** The names of all routes. */
export const NAMES = Object.keys(ROUTES) as RouteName[];

/** The operations of the document, each with its method and path. */
export const operations: readonly Json[] = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
  Object.entries<Json>(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
);

/** Returns the operation of a route. */
export const operationOf = (name: RouteName): Json => operations.find(({ operationId }) => operationId === name);

/** Returns the example of a route's answer. */
export const exampleOf = (name: RouteName, status = 200) =>
  operationOf(name).responses[status].content['application/json'].example;

/** Returns the example of a route's body. */
export const bodyOf = (name: RouteName) => operationOf(name).requestBody.content['application/json'].example;
