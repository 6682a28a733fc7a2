// Condition expressions as values: named clauses that combine, and are then written with placeholders.
import type { NativeAttributeValue } from '@aws-sdk/util-dynamodb';

/** One clause. It returns its text and takes placeholders for its names and values from the argument. */
export type Condition = (placeholders: Placeholders) => string;

/** Collects the names and values that an expression refers to. */
export class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, NativeAttributeValue> = {};

  name(attribute: string): string {
    const placeholder = `#${attribute}`;
    this.names[placeholder] = attribute;
    return placeholder;
  }

  value(value: NativeAttributeValue): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }
}

const compare =
  (operator: '=' | '<' | '>' | '<=' | '>=') =>
  (attribute: string, value: NativeAttributeValue): Condition =>
  (placeholders) =>
    `${placeholders.name(attribute)} ${operator} ${placeholders.value(value)}`;

/** Returns the condition that the attribute equals the value. */
export const equals = compare('=');
/** Returns the condition that the attribute is less than the value. */
export const lessThan = compare('<');
/** Returns the condition that the attribute is greater than the value. */
export const greaterThan = compare('>');
/** Returns the condition that the attribute is at most the value. */
export const atMost = compare('<=');
/** Returns the condition that the attribute is at least the value. */
export const atLeast = compare('>=');

/** Returns the condition that a string attribute starts with the prefix. */
export function beginsWith(attribute: string, prefix: string): Condition {
  return (placeholders) => `begins_with(${placeholders.name(attribute)}, ${placeholders.value(prefix)})`;
}

/** Returns the condition that the item has no such attribute. `absent('pk')` means that there is no item. */
export function absent(attribute: string): Condition {
  return (placeholders) => `attribute_not_exists(${placeholders.name(attribute)})`;
}

/** Returns the condition that the item has the attribute. `present('pk')` means that there is an item. */
export function present(attribute: string): Condition {
  return (placeholders) => `attribute_exists(${placeholders.name(attribute)})`;
}

/** Returns the condition that the attribute has this value. For `undefined` the attribute must be absent. */
export function isAsRead(attribute: string, value: NativeAttributeValue): Condition {
  return value === undefined ? absent(attribute) : equals(attribute, value);
}

/** Every optional property of a record, named once. The compiler reports a missing one. */
export type OptionalNames<T> = {
  readonly [K in keyof T as undefined extends T[K] ? K : never]-?: true;
};

/**
 * Returns the condition that the row exists and has not changed since it was read. An optional attribute that was
 * absent then must still be absent.
 */
export function isRowAsRead<T extends object>(read: T, optional: OptionalNames<T>): Condition {
  const before = new Map<string, NativeAttributeValue>(Object.entries(read));
  const names = [...new Set([...before.keys(), ...Object.keys(optional)])];
  return allOf(present('pk'), ...names.map((name) => isAsRead(name, before.get(name))));
}

/** Returns the condition that every given condition holds. */
export function allOf(...conditions: readonly Condition[]): Condition {
  return (placeholders) => conditions.map((condition) => `(${condition(placeholders)})`).join(' AND ');
}

/** Returns the condition that at least one given condition holds. */
export function anyOf(...conditions: readonly Condition[]): Condition {
  return (placeholders) => conditions.map((condition) => `(${condition(placeholders)})`).join(' OR ');
}
