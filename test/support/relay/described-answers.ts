// Whether an answer is one that the description of the API gives for its request: status, headers, media type, body.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { ProblemCode } from '../../../lib/api/problems.ts';
import { describeApi } from '../../../lib/relay/openapi/describe-api.ts';
import { OUTSIDE_ROUTES, PROBLEM_HEADERS } from '../../../lib/relay/openapi/route-problems.ts';

// biome-ignore lint/suspicious/noExplicitAny: the document is data, and is read as any program would read it
export type Json = any;

interface Asked {
  readonly method: string;
  readonly path: string;
}

interface Given {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What every HTTP server adds, and what the gateway does. */
const COMMON_HEADERS = [
  'content-type',
  'content-length',
  'date',
  'connection',
  'keep-alive',
  'cache-control',
  'apigw-requestid',
];

export type Inspect = (asked: Asked, given: Given) => readonly string[];

/** An inspection gives one sentence for each thing that the document does not describe. */
export function createInspection(document: Json): Inspect {
  const validate = createValidation(closed(document));
  return (asked, given) => {
    const path = findPath(Object.keys(document.paths), asked.path);
    const method = asked.method.toLowerCase();
    if (path === undefined || !document.paths[path][method]) return inspectOutside(given, validate);
    const at = ['paths', path, method, 'responses', String(given.status)];
    const response = document.paths[path][method].responses[given.status];
    if (!response) return [`${asked.method} ${path} does not answer ${given.status}: ${given.text}`];
    return [...inspectHeaders(document, response, given), ...inspectBody(response, given, validate, at)];
  };
}

let ours: Inspect | undefined;

/** Against the document of this code. @throws Error for an answer that it does not describe. */
export function expectDescribed(asked: Asked, given: Given): void {
  ours ??= createInspection(describeApi());
  const faults = ours(asked, given);
  if (faults.length > 0) throw new Error(`The description of the API does not have this answer: ${faults.join('; ')}`);
}

function inspectOutside({ status, headers, text }: Given, validate: Validate): string[] {
  const { code } = JSON.parse(text);
  if (!OUTSIDE_ROUTES.includes(code)) return [`${status} ${code} of a route that is not described`];
  if (code === 'method_not_allowed' && !headers['allow']) return ['a 405 without Allow'];
  return validate(['components', 'schemas', 'Problem'], JSON.parse(text));
}

function inspectHeaders(document: Json, response: Json, { headers, text }: Given): string[] {
  const described = Object.keys(response.headers ?? {});
  const names = new Set([...COMMON_HEADERS, ...described.map((name) => name.toLowerCase())]);
  const extra = Object.keys(headers).filter((name) => !names.has(name));
  const needed = [
    ...described.filter((name) => document.components.headers[name].required),
    ...headersOfProblem(headers['content-type'], text),
  ];
  const missing = needed.filter((name) => headers[name.toLowerCase()] === undefined);
  return [...extra.map((name) => `the header ${name}`), ...missing.map((name) => `no header ${name}`)];
}

function headersOfProblem(mediaType: string | undefined, text: string): readonly string[] {
  return mediaType === 'application/problem+json' ? (PROBLEM_HEADERS[JSON.parse(text).code as ProblemCode] ?? []) : [];
}

function inspectBody(response: Json, { headers, text }: Given, validate: Validate, at: readonly string[]): string[] {
  const mediaType = headers['content-type'] ?? '';
  if (!response.content[mediaType]) return [`the media type ${mediaType}`];
  const value = mediaType.endsWith('json') ? JSON.parse(text) : text;
  return validate([...at, 'content', mediaType, 'schema'], value);
}

/** The template that a path fits; one without parameters wins. */
function findPath(templates: readonly string[], path: string): string | undefined {
  const fits = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
  return templates.find((template) => template === path) ?? templates.find(fits);
}

export type Validate = (at: readonly string[], value: unknown) => string[];

/** Checks values against the schema at a place in the document, as JSON Schema 2020-12. */
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

/** Answers may get more fields one day, and readers are told so; what they have today must all be described. */
function closed(document: Json): Json {
  const { schemas } = document.components;
  return { ...document, components: { ...document.components, schemas: closeObjects(schemas) } };
}

function closeObjects(value: Json): Json {
  if (Array.isArray(value)) return value.map(closeObjects);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closeObjects(one)]));
  return value.type === 'object' && value.properties ? { additionalProperties: false, ...inner } : inner;
}
