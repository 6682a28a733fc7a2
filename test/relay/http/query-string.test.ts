// parseQuery: the detail of every refusal says that the query string is at fault.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { parseQuery } from '../../../lib/relay/http/query-string.ts';

const schema = z.strictObject({ state: z.optional(z.enum(['queued', 'leased'])) });

test.each([
  ['an unknown value', 'state=done'],
  ['an unknown parameter', 'limit=5'],
  ['a name that does not consist of letters', '_=5'],
  ['a repeated parameter', 'state=queued&state=leased'],
  ['a value that is not percent-encoded', 'state=%'],
])('refuses %s with a detail about the query string', (_, query) => {
  expect(parseQuery(schema, query)).toMatchObject({
    ok: false,
    problem: 'validation_failed',
    detail: 'The query string does not fit the schema.',
    errors: [{ path: expect.stringMatching(/^\//) }],
  });
});

test('never refuses a query string with a detail about a body', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('state=queued', 'state=%ed%a0%80', '__proto__=1', 'state='));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 3 }), (parts) => {
      const parsed = parseQuery(schema, parts.join('&'));
      if (!parsed.ok) expect(parsed.detail).toBe('The query string does not fit the schema.');
    }),
  );
});
