// Which records pass the filter of an event source.
import { expect, test } from 'vitest';
import { compileFilters } from '../../../../lib/local/cloud/sources/event-filter.ts';

const RECORD = {
  eventName: 'MODIFY',
  dynamodb: { NewImage: { state: { S: 'completed' }, count: { N: '3' }, labels: { L: [{ S: 'a' }] } }, size: 7 },
};

function passes(...patterns: readonly unknown[]): boolean {
  const Filters = patterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) }));
  return compileFilters({ Filters }, 'here')(RECORD);
}

const image = (rules: unknown) => ({ dynamodb: { NewImage: rules } });

test.each([
  ['an exact value', { eventName: ['MODIFY'] }, true],
  ['one of several values', { eventName: ['INSERT', 'MODIFY'] }, true],
  ['another value', { eventName: ['INSERT'] }, false],
  ['a nested value', image({ state: { S: ['completed'] } }), true],
  ['all of several keys', { eventName: ['MODIFY'], ...image({ state: { S: ['failed'] } }) }, false],
  ['an existing key', image({ state: { S: [{ exists: true }] } }), true],
  ['a missing key', image({ result: { S: [{ exists: false }] } }), true],
  ['absence of an existing key', image({ state: { S: [{ exists: false }] } }), false],
  ['an existing key with keys of its own, which is not a leaf', image({ state: [{ exists: true }] }), false],
  ['absence of a key with keys of its own', image({ state: [{ exists: false }] }), true],
  ['absence of a whole image', { dynamodb: { OldImage: { state: { S: [{ exists: false }] } } } }, true],
  ['a prefix', image({ state: { S: [{ prefix: 'comp' }] } }), true],
  ['another prefix', image({ state: { S: [{ prefix: 'que' }] } }), false],
  ['a suffix', image({ state: { S: [{ suffix: 'ed' }] } }), true],
  ['anything but another value', image({ state: { S: [{ 'anything-but': ['queued', 'leased'] }] } }), true],
  ['anything but this value', image({ state: { S: [{ 'anything-but': 'completed' }] } }), false],
  ['anything but a value, of a missing key', image({ result: { S: [{ 'anything-but': 'x' }] } }), false],
  ['a number in a range', { dynamodb: { size: [{ numeric: ['>', 5, '<=', 7] }] } }, true],
  ['a number out of a range', { dynamodb: { size: [{ numeric: ['>', 7] }] } }, false],
  ['a text in place of a number', image({ count: { N: [3] } }), false],
])('decides on %s', (_what, pattern, expected) => {
  expect(passes(pattern)).toBe(expected);
});

test('passes a record that matches any of the patterns', () => {
  expect(passes({ eventName: ['INSERT'] }, { eventName: ['MODIFY'] })).toBe(true);
});

test('passes every record without patterns', () => {
  expect(compileFilters(undefined, 'here')(RECORD)).toBe(true);
});

test('refuses an unknown test, and names the place', () => {
  expect(() => passes({ eventName: [{ wildcard: 'M*' }] })).toThrow(/here filters by wildcard/);
});
