// The check of recorded answers: it rejects an answer that the OpenAPI description does not contain.
import { appendFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeDataDir } from './laptop.ts';
import { answersFileIn, expectAllDescribed } from './recorded-answers.ts';

let dataDir: ReturnType<typeof makeDataDir>;
beforeEach(() => {
  dataDir = makeDataDir();
});
afterEach(() => dataDir.remove());

const text = JSON.stringify({ status: 'ok', serverTime: '2026-11-22T12:00:00.250Z' });
const HEALTHY = { method: 'GET', url: '/healthz', status: 200, text };
const headers = { 'content-type': 'application/json', 'content-length': 15, 'apigw-requestid': 'a' };
const write = (more: object) =>
  appendFileSync(answersFileIn(dataDir.path), `${JSON.stringify({ ...HEALTHY, headers, ...more })}\n`);

test('accepts a described answer, and ignores a last line that a kill cut off', () => {
  write({});
  appendFileSync(answersFileIn(dataDir.path), '{"method":"GE');
  expectAllDescribed(dataDir.path);
});

test.each([
  ['a status', { status: 418 }],
  ['a field', { text: text.replace('{', '{"more":1,') }],
  ['a header', { headers: { ...headers, 'x-more': '1' } }],
])('rejects %s that is not described', (_what, more) => {
  write({});
  write(more);
  expect(() => expectAllDescribed(dataDir.path)).toThrow(/does not describe this answer/);
});

test('rejects a recording without answers', () => {
  expect(() => expectAllDescribed(dataDir.path)).toThrow(/no answer/);
});
