// The meaning of answers from the relay, from a gateway and from other servers.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PROBLEMS } from '../../lib/api/problems.ts';
import { type RawAnswer, readRelayAnswer, serverTimeMs } from '../../lib/api/relay-answer.ts';

const raw = (status: number, body: unknown, more: Partial<RawAnswer> = {}): RawAnswer => ({
  status,
  contentType: 'application/json',
  text: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
});
const problem = (status: number, body: object, more: Partial<RawAnswer> = {}) =>
  raw(status, body, { contentType: 'application/problem+json; charset=utf-8', ...more });

test('a 2xx answer means its JSON', () => {
  expect(readRelayAnswer(raw(200, { a: 1 }))).toEqual({ kind: 'answered', value: { a: 1 } });
});

describe('a problem of our table', () => {
  const bodyCodes = ['body_too_large', 'validation_failed', 'request_malformed'];
  test.each(Object.entries(PROBLEMS))('%s is retried exactly when the table says so', (code, { status, retryable }) => {
    const { kind } = readRelayAnswer(problem(status, { code, retryable: !retryable }));
    expect(kind).toBe(retryable ? 'retry' : bodyCodes.includes(code) ? 'body_refused' : 'refused');
  });
});

test.each([
  [true, 'retry'],
  [false, 'refused'],
  ['yes', 'refused'],
])('an unknown problem means what its own `retryable` says: %j means %s', (retryable, kind) => {
  expect(readRelayAnswer(problem(418, { code: 'new_code', retryable }))).toMatchObject({ kind, code: 'new_code' });
});

test.each([
  [408, 'retry'],
  [425, 'retry'],
  [429, 'retry'],
  [500, 'retry'],
  [502, 'retry'],
  [503, 'retry'],
  [504, 'retry'],
  [413, 'body_refused'],
  [400, 'refused'],
  [401, 'refused'],
  [403, 'refused'],
  [404, 'refused'],
  [301, 'refused'],
])('a %i that is not from the relay means %s', (status, kind) => {
  expect(readRelayAnswer(raw(status, '<html>'))).toMatchObject({ kind, code: `http_${status}` });
  expect(readRelayAnswer(raw(status, { message: 'Forbidden', code: 'not_permitted' }))).toMatchObject({
    kind,
    code: `http_${status}`,
  });
});

test.each(['', 'null', '[]', '"text"', '<html>', '{'])('a 200 that is not a JSON object is refused: %j', (text) => {
  expect(readRelayAnswer(raw(200, text))).toMatchObject({ kind: 'refused', code: 'http_200' });
});

test.each([
  ['7', 7_000],
  ['0', 0],
  ['999999', 3_600_000],
  ['-1', undefined],
  ['1.5', undefined],
  ['Sun, 22 Nov 2026 06:00:00 GMT', undefined],
  [undefined, undefined],
])('a Retry-After of %j means %j milliseconds', (retryAfter, afterMs) => {
  expect(readRelayAnswer(raw(503, '', { retryAfter }))).toMatchObject({ kind: 'retry', afterMs });
});

test.each([
  ['{"serverTime":"2026-11-22T06:00:00Z"}', Date.parse('2026-11-22T06:00:00Z')],
  ['{"serverTime":5}', undefined],
  ['{"serverTime":"soon"}', undefined],
  ['[]', undefined],
  ['', undefined],
])('serverTimeMs reads the time of the relay in %s', (text, timeMs) => {
  expect(serverTimeMs(raw(401, text))).toBe(timeMs);
});

test('every answer has a meaning', () => {
  const answers = fc.record({
    status: fc.integer({ min: 100, max: 999 }),
    contentType: fc.string(),
    text: fc.oneof(fc.string(), fc.json()),
    retryAfter: fc.string(),
  });
  fc.assert(
    fc.property(answers, (answer) => {
      expect(['answered', 'retry', 'refused', 'body_refused']).toContain(readRelayAnswer(answer).kind);
    }),
  );
});
