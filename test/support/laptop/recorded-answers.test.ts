// The check of what a laptop cloud answered notices what nobody described.
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

test('takes an answer that is described, and the end of a line that a kill cut off', () => {
  write({});
  appendFileSync(answersFileIn(dataDir.path), '{"method":"GE');
  expectAllDescribed(dataDir.path);
});

test.each([
  ['a status', { status: 418 }],
  ['a field', { text: text.replace('{', '{"more":1,') }],
  ['a header', { headers: { ...headers, 'x-more': '1' } }],
])('does not take %s that nobody described', (_what, more) => {
  write({});
  write(more);
  expect(() => expectAllDescribed(dataDir.path)).toThrow(/does not describe this answer/);
});

test('does not take silence for good answers', () => {
  expect(() => expectAllDescribed(dataDir.path)).toThrow(/no answer/);
});
