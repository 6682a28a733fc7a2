// CDK props that are there only when they have a value: under exactOptionalPropertyTypes, "absent" and "undefined" differ.

export function omitUndefined<T extends object>(props: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined)) as never;
}
