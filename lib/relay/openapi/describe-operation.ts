// Describes one operation of the OpenAPI document: the route's parameters and body, and every answer it can give.

import { PROBLEMS, type ProblemCode } from '../../api/problems.ts';
import { ROUTES, type RouteName } from '../../api/routes.ts';
import { JOB_ID } from '../../protocol/grammar.ts';
import { describeProperties, type JsonObject, schemaRef } from './components.ts';
import { OPERATIONS, type Operation, type Success } from './operations.ts';
import { PROBLEM_HEADERS, problemsOf } from './route-problems.ts';
import { securityOf } from './security.ts';

/** Returns the Operation Object (OpenAPI 3.1) of a route. */
export function describeOperation(name: RouteName): JsonObject {
  const { path, audience } = ROUTES[name];
  const { summary, description, query, headers = [], body, answers } = OPERATIONS[name];
  const headerParameters = headers.map((header) => ({ ...header, in: 'header', required: false }));
  const parameters = [...pathParameters(path), ...queryParameters(query), ...headerParameters];
  return {
    operationId: name,
    tags: [audience],
    summary,
    ...(description && { description }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: describeBody(body) }),
    responses: Object.fromEntries([...answers.map(describeSuccess), ...describeRefusals(problemsOf(name))]),
    security: securityOf(audience),
  };
}

/** The schemas of path parameters, by name. */
const PATH_PARAMETERS: Readonly<Record<string, JsonObject>> = {
  jobId: { type: 'string', pattern: JOB_ID.source },
};

function pathParameters(path: string): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const schema = PATH_PARAMETERS[name];
    if (!schema) throw new Error(`The path parameter ${name} has no schema.`);
    return { name, in: 'path', required: true, schema };
  });
}

function queryParameters(query: Operation['query']): JsonObject[] {
  if (!query) return [];
  const { properties, required } = describeProperties(query);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function describeBody({ schema, example }: NonNullable<Operation['body']>): JsonObject {
  const content = { 'application/json': { schema: schema ? schemaRef(schema) : {}, example } };
  return { required: schema !== undefined, content };
}

function describeSuccess({ status, description, schema, mediaType, headers = [], example }: Success) {
  const media = schema ? { schema: schemaRef(schema), example } : { schema: OTHER_SCHEMAS[mediaType ?? ''] };
  const answer = {
    description,
    ...(headers.length > 0 && { headers: headerRefs(headers) }),
    ...(status !== 304 && { content: { [mediaType ?? 'application/json']: media } }),
  };
  return [String(status), answer] as const;
}

/** The schemas of answers that have no named schema, by media type. */
const OTHER_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  'application/json': { type: 'object' },
  'application/jose': { type: 'string', pattern: '^[\\w-]+\\.[\\w-]+\\.[\\w-]+$' },
};

const headerRefs = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** OpenAPI allows one response for each status, so problems with the same status share one. */
function describeRefusals(codes: readonly ProblemCode[]) {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return [...byStatus].map(([status, codesOfStatus]) => [String(status), describeRefusal(codesOfStatus)] as const);
}

function describeRefusal(codes: readonly ProblemCode[]): JsonObject {
  const headers = new Set(codes.flatMap((code) => PROBLEM_HEADERS[code] ?? []));
  const schema = { ...schemaRef('Problem'), properties: { code: { enum: codes } } };
  const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
    ...(headers.size > 0 && { headers: headerRefs([...headers]) }),
    content: { 'application/problem+json': { schema, examples } },
  };
}
