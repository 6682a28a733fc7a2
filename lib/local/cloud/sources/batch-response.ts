// The failed records in a function's answer. Source: "Implementing partial batch responses" in the Lambda guide.

/** Returns the ids of the failed records among `ids`. An invalid answer means that all of them failed. */
export function failedItems(answer: unknown, ids: readonly string[]): ReadonlySet<string> {
  const failures = (answer as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return new Set(ids);
  const named = failures.map((failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  const areKnown = named.every((id) => typeof id === 'string' && ids.includes(id));
  return new Set(areKnown ? (named as string[]) : ids);
}
