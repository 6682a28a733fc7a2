// The message of a RelayError: what is wrong with the body or the query stands in it.
import { expect, test } from 'vitest';
import { RelayError } from '../../../lib/client/relay-error.ts';
import type { ProblemDocument } from '../../../lib/protocol/messages.ts';

function messageWith(errors: unknown): string {
  const problem = { code: 'validation_failed', errors } as ProblemDocument;
  const facts = {
    code: 'validation_failed',
    detail: 'The query string does not fit the schema.',
    retryable: false,
    status: 422,
  };
  return new RelayError({ ...facts, problem }).message;
}

const fault = (path: string) => ({ path, message: 'is required and must be of type string' });

test('it names the first three faults', () => {
  expect(messageWith([fault('/trackingUrl')])).toBe(
    'validation_failed: The query string does not fit the schema. /trackingUrl is required and must be of type string',
  );
  expect(messageWith(['/a', '/b', '/c', '/d'].map(fault))).toBe(
    'validation_failed: The query string does not fit the schema. /a is required and must be of type string; /b is required and must be of type string; /c is required and must be of type string',
  );
});

test('a fault of the whole body has no path to name', () => {
  expect(messageWith([{ path: '', message: 'must be of type object' }])).toMatch(/schema\. must be of type object$/);
});

test.each([undefined, null, 'none', {}, [], [null, 5, 'text', { path: '/a' }, { path: 5, message: {} }]])(
  'where the relay names none in its form, it ends with the detail: %j',
  (errors) => {
    expect(messageWith(errors)).toBe('validation_failed: The query string does not fit the schema.');
  },
);

test('a fault of any length takes no more than a line', () => {
  expect(messageWith(Array(20).fill(fault('/x'.repeat(5_000)))).length).toBeLessThan(700);
});
