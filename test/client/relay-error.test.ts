// The message of a RelayError names the validation errors of the body or the query.
import { expect, test } from 'vitest';
import { RelayError } from '../../lib/client/relay-error.ts';
import type { ProblemDocument } from '../../lib/protocol/messages.ts';

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

const error = (path: string) => ({ path, message: 'is required and must be of type string' });

test('the message names the first three errors', () => {
  expect(messageWith([error('/trackingUrl')])).toBe(
    'validation_failed: The query string does not fit the schema. /trackingUrl is required and must be of type string',
  );
  expect(messageWith(['/a', '/b', '/c', '/d'].map(error))).toBe(
    'validation_failed: The query string does not fit the schema. /a is required and must be of type string; /b is required and must be of type string; /c is required and must be of type string',
  );
});

test('the message has no path for an error of the whole body', () => {
  expect(messageWith([{ path: '', message: 'must be of type object' }])).toMatch(/schema\. must be of type object$/);
});

test.each([undefined, null, 'none', {}, [], [null, 5, 'text', { path: '/a' }, { path: 5, message: {} }]])(
  'the message ends with the detail when the errors do not have the relay’s shape: %j',
  (errors) => {
    expect(messageWith(errors)).toBe('validation_failed: The query string does not fit the schema.');
  },
);

test('the message shortens long errors', () => {
  expect(messageWith(Array(20).fill(error('/x'.repeat(5_000)))).length).toBeLessThan(700);
});
