// Builds the OpenAPI 3.1 document from the tables and schemas that the handlers use.

import { LIMITS } from '../../api/limits.ts';
import { PROBLEMS, type ProblemCode } from '../../api/problems.ts';
import { ROUTES, type Route, type RouteName } from '../../api/routes.ts';
import { VERSION } from '../../api/version.ts';
import { problemResponse } from '../model/http-response.ts';
import { describeSchemas, type JsonObject } from './components.ts';
import { describeOperation } from './describe-operation.ts';
import { describeSecuritySchemes } from './security.ts';

/** Returns the OpenAPI document. */
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

const DESCRIPTION = `Every request is signed with one family of headers. The key decides which family. In this document each header of a family is a security scheme, and a requirement lists all headers of a family.
Refusals are problem+json (RFC 9457) with a stable \`code\`. An unknown path is \`not_found\`. An unknown method of a path is \`method_not_allowed\`, with the header \`Allow\`.
Answers that are not problem+json come from the gateway or a proxy. Of these, retry 408, 425, 429 and 5xx.
A body has at most ${LIMITS.bodyBytes} bytes, the body of a batch or a pull at most ${LIMITS.bulkBodyBytes}. It nests at most ${LIMITS.jsonDepth} levels deep; in a batch this applies to each job. Jobs are kept for ${LIMITS.retentionSeconds / 86_400} days.`;

const text = { type: 'string' };

const HEADERS = {
  Location: { description: 'The path of the job.', required: true, schema: text },
  'Idempotent-Replayed': {
    description: 'The request was a repeat and created nothing.',
    required: true,
    schema: { const: 'true' },
  },
  'RateLimit-Policy': {
    description:
      'The number of jobs (`q`) that the account may submit in a window of `w` seconds: the month and the minute.',
    schema: text,
    example: '"minute";q=600;w=60, "month";q=1000;w=2592000',
  },
  RateLimit: {
    description: 'The number of jobs that are left in each window (`r`), and the seconds until the window ends (`t`).',
    schema: text,
    example: '"minute";r=599;t=60, "month";r=999;t=734400',
  },
  'Retry-After': {
    description: 'The seconds to wait before a retry.',
    schema: { type: 'string', pattern: '^[0-9]+$' },
  },
};

function describePaths(): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const [name, { method, path }] of Object.entries(ROUTES) as [RouteName, Route][])
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(name) };
  return paths;
}

/** Returns an example of each problem, as the request pipeline answers it. */
function describeProblems(): Record<string, JsonObject> {
  const codes = Object.keys(PROBLEMS) as ProblemCode[];
  const context = { requestId: 'JKJaXmPLvHcESHA=', nowMs: Date.parse('2026-11-22T12:00:00.250Z') };
  const errors = [{ path: '/rowId', message: 'is required and must be of type string' }];
  const examples = codes.map((code) => {
    const refusal = { problem: code, reason: '', ...(code === 'validation_failed' && { errors }) };
    return [
      code,
      { summary: PROBLEMS[code].title, value: JSON.parse(problemResponse(refusal, context).body) },
    ] as const;
  });
  return Object.fromEntries(examples);
}
