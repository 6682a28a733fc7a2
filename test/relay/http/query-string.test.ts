// What a refused query says of itself: that it is the query, whichever part of the check found the fault.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { parseQuery } from '../../../lib/relay/http/query-string.ts';

const schema = z.strictObject({ state: z.optional(z.enum(['queued', 'leased'])) });

test.each([
  ['a value of another form', 'state=done'],
  ['a parameter that there is not', 'limit=5'],
  ['a name that is none', '_=5'],
  ['a parameter twice', 'state=queued&state=leased'],
  ['what is not percent-encoded', 'state=%'],
])('%s: the detail speaks of the query', (_, query) => {
  expect(parseQuery(schema, query)).toMatchObject({
    ok: false,
    problem: 'validation_failed',
    detail: 'The query does not fit.',
    errors: [{ path: expect.stringMatching(/^\//) }],
  });
});

test('no query at all is refused in the words for a body', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('state=queued', 'state=%ed%a0%80', '__proto__=1', 'state='));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 3 }), (parts) => {
      const parsed = parseQuery(schema, parts.join('&'));
      if (!parsed.ok) expect(parsed.detail).toBe('The query does not fit.');
    }),
  );
});
