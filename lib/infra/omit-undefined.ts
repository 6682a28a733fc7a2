// Optional CDK props: under exactOptionalPropertyTypes an absent property differs from one that is undefined.

/** Returns the props without those that are undefined. */
export function omitUndefined<T extends object>(props: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined)) as never;
}
