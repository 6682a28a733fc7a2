// The FilterCriteria of an event source. Source: "Filter rule syntax" in the Lambda guide.

type Pattern = { readonly [key: string]: Pattern | readonly Condition[] };
type Condition = string | number | boolean | null | Readonly<Record<string, unknown>>;
type Test = (argument: never, value: unknown) => boolean;

/** Returns whether a record passes. */
export type EventFilter = (record: unknown) => boolean;

/**
 * The tests by name. An absent value is `undefined`, and only `exists` can match it. `exists` sees only leaf nodes, so
 * an object counts as absent.
 */
const TESTS: Readonly<Record<string, Test>> = Object.assign(Object.create(null), {
  exists: (expected: boolean, value: unknown) => isLeaf(value) === expected,
  prefix: (prefix: string, value: unknown) => typeof value === 'string' && value.startsWith(prefix),
  suffix: (suffix: string, value: unknown) => typeof value === 'string' && value.endsWith(suffix),
  'anything-but': (excluded: unknown, value: unknown) => value !== undefined && ![excluded].flat().includes(value),
  numeric: (range: readonly (string | number)[], value: unknown) =>
    typeof value === 'number' && isInRange(range, value),
} satisfies Record<string, Test>);

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/**
 * Returns the filter of an event source. A record passes if any pattern matches, or if there are no patterns.
 * @param place where the filter is in the template, for error messages
 * @throws Error that names the place when a pattern uses an unknown test.
 */
export function compileFilters(criteria: unknown, place: string): EventFilter {
  const filters = (criteria as { Filters?: { Pattern: string }[] } | undefined)?.Filters ?? [];
  const patterns = filters.map(({ Pattern }) => JSON.parse(Pattern) as Pattern);
  for (const pattern of patterns) assertKnownTests(pattern, place);
  return (record) => patterns.length === 0 || patterns.some((pattern) => matches(pattern, record));
}

function matches(pattern: Pattern, value: unknown): boolean {
  return Object.entries(pattern).every(([key, rule]) => {
    const inner = propertyOf(value, key);
    return Array.isArray(rule) ? rule.some((condition) => holds(condition, inner)) : matches(rule as Pattern, inner);
  });
}

function holds(condition: Condition, value: unknown): boolean {
  if (Array.isArray(value)) return value.some((element) => holds(condition, element));
  if (typeof condition !== 'object' || condition === null) return condition === value;
  return Object.entries(condition).every(([name, argument]) => TESTS[name]?.(argument as never, value) === true);
}

function isLeaf(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || value === null);
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function isInRange(range: readonly (string | number)[], value: number): boolean {
  for (let index = 0; index < range.length; index += 2) {
    if (!COMPARISONS[String(range[index])]?.(value, Number(range[index + 1]))) return false;
  }
  return true;
}

function assertKnownTests(pattern: Pattern, place: string): void {
  for (const rule of Object.values(pattern)) {
    if (!Array.isArray(rule)) assertKnownTests(rule as Pattern, place);
    else for (const condition of rule as readonly Condition[]) assertKnownTest(condition, place);
  }
}

function assertKnownTest(condition: Condition, place: string): void {
  if (typeof condition !== 'object' || condition === null) return;
  const unknown = Object.keys(condition).find((name) => !TESTS[name]);
  if (unknown !== undefined)
    throw new Error(`${place} filters by ${unknown}, which the laptop cloud does not support.`);
}
