// Condition expressions as values: named clauses that are put together, then written out with placeholders.
import type { NativeAttributeValue } from '@aws-sdk/util-dynamodb';

/** Writes itself out; names and values go through the placeholders it is given. */
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

export const equals = compare('=');
export const lessThan = compare('<');
export const greaterThan = compare('>');
export const atMost = compare('<=');
export const atLeast = compare('>=');

export function beginsWith(attribute: string, prefix: string): Condition {
  return (placeholders) => `begins_with(${placeholders.name(attribute)}, ${placeholders.value(prefix)})`;
}

export function absent(attribute: string): Condition {
  return (placeholders) => `attribute_not_exists(${placeholders.name(attribute)})`;
}

export function present(attribute: string): Condition {
  return (placeholders) => `attribute_exists(${placeholders.name(attribute)})`;
}

/** The attribute has this value, or is not there where there is none. */
export function isAsRead(attribute: string, value: NativeAttributeValue): Condition {
  return value === undefined ? absent(attribute) : equals(attribute, value);
}

/** The names of a record that may be absent, each once: the compiler misses none. */
export type OptionalNames<T> = {
  readonly [K in keyof T as undefined extends T[K] ? K : never]-?: true;
};

/** Every attribute is as it was read, and none is there that was not. */
export function isRowAsRead<T extends object>(read: T, optional: OptionalNames<T>): Condition {
  const before = new Map<string, NativeAttributeValue>(Object.entries(read));
  const names = [...new Set([...before.keys(), ...Object.keys(optional)])];
  return allOf(present('pk'), ...names.map((name) => isAsRead(name, before.get(name))));
}

export function allOf(...conditions: readonly Condition[]): Condition {
  return (placeholders) => conditions.map((condition) => `(${condition(placeholders)})`).join(' AND ');
}

export function anyOf(...conditions: readonly Condition[]): Condition {
  return (placeholders) => conditions.map((condition) => `(${condition(placeholders)})`).join(' OR ');
}
