// Checks that the OpenAPI document describes an answer to its request: status, headers, media type and body.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { ProblemCode } from '../../../lib/api/problems.ts';
import { describeApi } from '../../../lib/relay/openapi/describe-api.ts';
import { OUTSIDE_ROUTES, PROBLEM_HEADERS } from '../../../lib/relay/openapi/route-problems.ts';

// biome-ignore lint/suspicious/noExplicitAny: the document is data, and the tests read it without types, as any program would
export type Json = any;

interface RequestLine {
  readonly method: string;
  readonly path: string;
}

interface ReceivedAnswer {
  readonly status: number;
  /** The headers by name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The headers that every HTTP server adds, and those that the gateway adds. */
const COMMON_HEADERS = [
  'content-type',
  'content-length',
  'date',
  'connection',
  'keep-alive',
  'cache-control',
  'apigw-requestid',
];

/** Inspects an answer. Returns a sentence for each part of it that the document does not describe. */
export type Inspect = (request: RequestLine, answer: ReceivedAnswer) => readonly string[];

/** Returns an inspection of answers against an OpenAPI document. */
export function createInspection(document: Json): Inspect {
  const validate = createValidation(closed(document));
  return (request, answer) => {
    const path = findPath(Object.keys(document.paths), request.path);
    const method = request.method.toLowerCase();
    if (path === undefined || !document.paths[path][method]) return inspectOutside(answer, validate);
    const at = ['paths', path, method, 'responses', String(answer.status)];
    const response = document.paths[path][method].responses[answer.status];
    if (!response) return [`${request.method} ${path} does not answer ${answer.status}: ${answer.text}`];
    return [...inspectHeaders(document, response, answer), ...inspectBody(response, answer, validate, at)];
  };
}

let inspect: Inspect | undefined;

/**
 * Inspects an answer against the document that this code serves.
 * @throws Error when the document does not describe the answer.
 */
export function expectDescribed(request: RequestLine, answer: ReceivedAnswer): void {
  inspect ??= createInspection(describeApi());
  const faults = inspect(request, answer);
  if (faults.length > 0) throw new Error(`The OpenAPI document does not describe this answer: ${faults.join('; ')}`);
}

function inspectOutside({ status, headers, text }: ReceivedAnswer, validate: Validate): string[] {
  const { code } = JSON.parse(text);
  if (!OUTSIDE_ROUTES.includes(code)) return [`${status} ${code} is answered for an unknown route`];
  if (code === 'method_not_allowed' && !headers['allow']) return ['a 405 has no Allow header'];
  return validate(['components', 'schemas', 'Problem'], JSON.parse(text));
}

function inspectHeaders(document: Json, response: Json, { headers, text }: ReceivedAnswer): string[] {
  const described = Object.keys(response.headers ?? {});
  const names = new Set([...COMMON_HEADERS, ...described.map((name) => name.toLowerCase())]);
  const unknown = Object.keys(headers).filter((name) => !names.has(name));
  const required = [
    ...described.filter((name) => document.components.headers[name].required),
    ...headersOfProblem(headers['content-type'], text),
  ];
  const missing = required.filter((name) => headers[name.toLowerCase()] === undefined);
  return [
    ...unknown.map((name) => `the header ${name} is not described`),
    ...missing.map((name) => `the header ${name} is missing`),
  ];
}

function headersOfProblem(mediaType: string | undefined, text: string): readonly string[] {
  return mediaType === 'application/problem+json' ? (PROBLEM_HEADERS[JSON.parse(text).code as ProblemCode] ?? []) : [];
}

function inspectBody(
  response: Json,
  { headers, text }: ReceivedAnswer,
  validate: Validate,
  at: readonly string[],
): string[] {
  if (!response.content) return text === '' ? [] : ['the answer has a body, and none is described'];
  const mediaType = headers['content-type'] ?? '';
  if (!response.content[mediaType]) return [`the media type ${mediaType} is not described`];
  const value = mediaType.endsWith('json') ? JSON.parse(text) : text;
  return validate([...at, 'content', mediaType, 'schema'], value);
}

/** Returns the path template that a path fits. A template without parameters wins. */
function findPath(templates: readonly string[], path: string): string | undefined {
  const fits = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
  return templates.find((template) => template === path) ?? templates.find(fits);
}

/** Validates a value against the schema at a place in the document. Returns the errors. */
export type Validate = (at: readonly string[], value: unknown) => string[];

/** Returns a validation against the schemas of a document, as JSON Schema 2020-12. */
export function createValidation(document: Json): Validate {
  const ajv = new Ajv2020({ strictTypes: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addVocabulary(Object.keys(document));
  ajv.addSchema(document, 'api');
  const compiled = new Map<string, ValidateFunction>();
  return (at, value) => {
    const pointer = at.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    const check = compiled.get(pointer) ?? ajv.compile({ $ref: `api#/${pointer}` });
    compiled.set(pointer, check);
    if (check(value)) return [];
    return (check.errors ?? []).map(
      ({ instancePath, message, params }) => `${pointer}: ${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

/** Forbids further fields in all schemas. Published schemas allow them for the future, but today's fields must be described. */
function closed(document: Json): Json {
  const { schemas } = document.components;
  return { ...document, components: { ...document.components, schemas: closeObjects(schemas) } };
}

function closeObjects(value: Json): Json {
  if (Array.isArray(value)) return value.map(closeObjects);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, closeObjects(member)]));
  return value.type === 'object' && value.properties ? { additionalProperties: false, ...inner } : inner;
}
