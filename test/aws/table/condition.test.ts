// Condition expressions: what is written depends on the clauses, never on the values.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  absent,
  allOf,
  anyOf,
  atLeast,
  atMost,
  equals,
  greaterThan,
  lessThan,
  Placeholders,
} from '../../../lib/aws/table/condition.ts';

function write(values: readonly unknown[]) {
  const placeholders = new Placeholders();
  const [one, two, three, four, five] = values;
  const condition = anyOf(
    absent('pk'),
    allOf(equals('a', one), lessThan('b', two), greaterThan('c', three)),
    allOf(atMost('a', four), atLeast('d', five)),
  );
  return { expression: condition(placeholders), ...placeholders };
}

it('nests clauses in parentheses, with one placeholder for each value and each name', () => {
  expect(write([1, 2, 3, 4, 5])).toEqual({
    expression:
      '(attribute_not_exists(#pk)) OR ((#a = :v0) AND (#b < :v1) AND (#c > :v2)) OR ((#a <= :v3) AND (#d >= :v4))',
    names: { '#pk': 'pk', '#a': 'a', '#b': 'b', '#c': 'c', '#d': 'd' },
    values: { ':v0': 1, ':v1': 2, ':v2': 3, ':v3': 4, ':v4': 5 },
  });
});

it('writes the same expression for all values', () => {
  const { expression, names } = write([1, 2, 3, 4, 5]);
  fc.assert(
    fc.property(fc.array(fc.anything(), { minLength: 5, maxLength: 5 }), (values) => {
      const written = write(values);
      expect([written.expression, written.names]).toEqual([expression, names]);
      expect(Object.values(written.values)).toEqual(values);
    }),
  );
});
