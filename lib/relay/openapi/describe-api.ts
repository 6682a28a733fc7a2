// The OpenAPI 3.1 document, made of the tables and schemas that the handlers use. Nothing in it is written twice.

import { LIMITS } from '../../api/limits.ts';
import { PROBLEMS, type ProblemCode } from '../../api/problems.ts';
import { ROUTES, type Route, type RouteName } from '../../api/routes.ts';
import { VERSION } from '../../api/version.ts';
import { problemResponse } from '../model/http-response.ts';
import { describeSchemas, type JsonObject } from './components.ts';
import { describeOperation } from './describe-operation.ts';
import { describeSecuritySchemes } from './security.ts';

export function describeApi(): JsonObject {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Signet Relay',
      version: VERSION,
      description: DESCRIPTION,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: describePaths(),
    components: {
      schemas: describeSchemas(),
      securitySchemes: describeSecuritySchemes(),
      headers: HEADERS,
      examples: describeProblems(),
    },
  };
}

const DESCRIPTION = `Every request is signed by one family of headers; the key says which. A security scheme here is one header of a family, and a requirement names them all.
Refusals are problem+json (RFC 9457) with a stable \`code\`. A path that is none of these is \`not_found\`, a method that a path does not take is \`method_not_allowed\` with \`Allow\`.
Answers that are not problem+json come from the gateway or a proxy: 408, 425, 429 and 5xx may be repeated.
A body may have ${LIMITS.bodyBytes} bytes, that of a batch or a pull ${LIMITS.bulkBodyBytes}, and ${LIMITS.jsonDepth} levels of nesting, in a batch each job. Jobs are kept ${LIMITS.retentionSeconds / 86_400} days.`;

const text = { type: 'string' };

const HEADERS = {
  Location: { description: 'The path of the job.', required: true, schema: text },
  'Idempotent-Replayed': {
    description: 'The request was a repeat, and made nothing.',
    required: true,
    schema: { const: 'true' },
  },
  'RateLimit-Policy': {
    description: 'How many jobs (`q`) the account may submit in as many seconds (`w`): a month’s, and a minute’s.',
    schema: text,
    example: '"minute";q=600;w=60, "month";q=1000;w=2592000',
  },
  RateLimit: {
    description: 'How many are left (`r`), and in how many seconds (`t`) there are all of them again.',
    schema: text,
    example: '"minute";r=599;t=60, "month";r=999;t=734400',
  },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'string', pattern: '^[0-9]+$' } },
};

function describePaths(): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const [name, { method, path }] of Object.entries(ROUTES) as [RouteName, Route][])
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(name) };
  return paths;
}

/** Each as the front door writes it. */
function describeProblems(): Record<string, JsonObject> {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];
  const context = { requestId: 'JKJaXmPLvHcESHA=', nowMs: Date.parse('2026-11-22T12:00:00.250Z') };
  const errors = [{ path: '/rowId', message: 'is required: string' }];
  const examples = codes.map((code) => {
    const refusal = { problem: code, reason: '', ...(code === 'validation_failed' && { errors }) };
    return [
      code,
      { summary: PROBLEMS[code].title, value: JSON.parse(problemResponse(refusal, context).body) },
    ] as const;
  });
  return Object.fromEntries(examples);
}
