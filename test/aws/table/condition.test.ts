// Condition expressions: their text depends on the clauses and never on the values.
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
import { readableExpression } from '../../support/readable-commands.ts';

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

it('nests clauses in parentheses, with a placeholder for each name and value', () => {
  const { expression, names, values } = write([1, 2, 3, 4, 5]);
  expect(readableExpression(expression, names, values)).toBe(
    'attribute_not_exists(pk) OR (a = 1 AND b < 2 AND c > 3) OR (a <= 4 AND d >= 5)',
  );
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
